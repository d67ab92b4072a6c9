import Channels
import Contracts
import Foundation
import HTTPClient
import Logging
import Pipeline
import Postgres
import SMTP
import Telemetry

/// Takes mail that is handed over by SMTP for the connections that it is addressed to: by the address of the connection's
/// account, or by the connection's id before any `@`.
///
/// Who hands it over signs in as one of these connections, with its `verify_token`, and may hand over what is for any that
/// has the same.
package struct MailHandOver: MailTaker {
  /// A message that passed more servers goes in circles (RFC 5321, section 6.3).
  private static let maximumHops = 60

  private let directory: Directory
  private let ingress: Ingress
  private let adapter: any WebhookChannel
  private let name: String
  private let outcomes: CounterFamily
  private let logger: Logger

  /// - Parameter name: what this server calls itself.
  package init(
    directory: Directory, ingress: Ingress, adapter: any WebhookChannel, name: String, metrics: Metrics,
    logger: Logger
  ) {
    self.directory = directory
    self.ingress = ingress
    self.adapter = adapter
    self.name = name
    outcomes = metrics.ingressOutcomes
    self.logger = logger
  }

  package func signIn(_ credentials: SMTPCredentials) async -> SMTPAnswer {
    do {
      let isKnown = try await connections(for: credentials.user).contains { opens($0, with: credentials) }
      if isKnown { return SMTPAnswer(235, "7.0", "signed in") }
      outcomes[adapter.channel.rawValue, "unauthenticated"].add()
      return SMTPAnswer(535, "7.8", "no connection has this name and verify_token")
    } catch {
      logger.warning("nobody can sign in to hand mail over now", metadata: ["error": "\(error)"])
      return SMTPAnswer(454, "7.0", "that cannot be said now; try again later")
    }
  }

  package func recipient(_ address: String, from credentials: SMTPCredentials) async -> SMTPAnswer {
    do {
      let found = try await connections(for: address)
      guard let connection = found.first, found.count == 1, opens(connection, with: credentials) else {
        // Whose address it is else is nobody's business.
        return SMTPAnswer(
          550, "1.1", "no connection with your verify_token has this address, or several have")
      }
      return SMTPAnswer(250, "1.5", "ok")
    } catch {
      return unavailable(error)
    }
  }

  package func take(_ message: [UInt8], _ envelope: SMTPEnvelope) async -> SMTPAnswer {
    let answer = await record(message, envelope)
    let outcome = answer.isPositive ? "accepted" : answer.code < 500 ? "unavailable" : "invalid-message"
    outcomes[adapter.channel.rawValue, outcome].add()
    return answer
  }

  private func record(_ message: [UInt8], _ envelope: SMTPEnvelope) async -> SMTPAnswer {
    let header = MailHeaderLines(message)
    guard header.count(of: "received") <= Self.maximumHops else {
      return SMTPAnswer(554, "4.6", "the message has passed too many servers")
    }
    do { _ = try adapter.parse(message, sender: nil) } catch {
      return SMTPAnswer(554, "6.0", "this is no message that can be read: \(error.code.rawValue)")
    }
    do {
      for recipient in envelope.recipients {
        guard let connection = try await connections(for: recipient).first,
          opens(connection, with: envelope.credentials)
        else {
          return SMTPAnswer(451, "3.0", "a connection has gone meanwhile")
        }
        let mark = mark(of: connection)
        guard !header.values(of: "received").contains(where: { $0.contains(mark) }) else {
          return SMTPAnswer(554, "4.6", "the message was handed over here before")
        }
        var random = SystemRandomNumberGenerator()
        _ = try await ingress.take(
          mail: trace(envelope, recipient, mark) + message, on: connection.origin,
          traceparent: TraceParent.fresh(using: &random), source: "/smtp")
      }
      return SMTPAnswer(250, "0.0", "it is on disk")
    } catch {
      return unavailable(error)
    }
  }

  /// As a program is let in that hands over by HTTP: in constant time, and by no connection without a token.
  private func opens(_ connection: KnownConnection, with credentials: SMTPCredentials) -> Bool {
    let call = WebhookCall(
      headers: HTTPHeaders([("Authorization", "Bearer \(credentials.password)")]), body: [])
    return adapter.isAuthentic(call, for: connection.secrets)
  }

  /// More than one where tenants claim the same address: then it is nobody's, and ids alone tell them apart.
  private func connections(for address: String) async throws -> [KnownConnection] {
    let address = address.lowercased()
    let id = ConnectionID(String(address.prefix { $0 != "@" }))
    func find(_ snapshot: DirectorySnapshot) -> [KnownConnection] {
      snapshot.connections.values.filter {
        $0.channel == adapter.channel && !$0.isDisabled
          && ($0.id == id || EmailChannel.address(of: $0.secrets) == address)
      }
    }
    let known = find(directory.snapshot)
    return known.isEmpty ? find(try await directory.catchUp()) : known
  }

  /// What a server that is passed writes on top (RFC 5321, section 4.4); reports and our own mail are told by it.
  private func trace(_ envelope: SMTPEnvelope, _ recipient: String, _ mark: String) -> [UInt8] {
    // With A for who signed in (RFC 3848).
    let by = envelope.isEncrypted ? "ESMTPSA" : "ESMTPA"
    return Array(
      """
      Return-Path: <\(envelope.sender)>\r
      Delivered-To: \(recipient)\r
      Received: from \(envelope.greeting) ([\(envelope.client)])\r
      \tby \(name) with \(by) \(mark);\r
      \t\(Self.time(Date()))\r

      """.utf8)
  }

  private func mark(of connection: KnownConnection) -> String { "id aigentable.\(connection.id)" }

  /// RFC 5322, section 3.3.
  private static func time(_ date: Date) -> String {
    var seconds = time_t(date.timeIntervalSince1970)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S +0000", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func unavailable(_ error: any Error) -> SMTPAnswer {
    if let problem = error as? Problem, problem.type == .bodyTooLarge {
      return SMTPAnswer(552, "3.4", "the message is too large")
    }
    logger.warning("mail cannot be taken now", metadata: ["error": "\(error)"])
    return SMTPAnswer(451, "3.0", "it cannot be recorded now; try again later")
  }
}
