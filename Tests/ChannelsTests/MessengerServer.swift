import Channels
import Contracts
import FoundationEssentials
import HTTPClient
import JSON
import Synchronization
import TestServers

/// A stand-in for the Graph API: keeps every request, and answers the n-th as told.
final class MessengerServer: Sendable {
  private final class Received: Sendable {
    let requests = Mutex<[ServerConnection.Request]>([])
  }

  private let server: SocketServer
  private let received: Received

  init(_ answer: @escaping @Sendable (ServerConnection, _ number: Int) -> Void) throws {
    let received = Received()
    self.received = received
    server = try SocketServer { connection, _ in
      while let request = connection.readRequest() {
        let number = received.requests.withLock { requests in
          requests.append(request)
          return requests.count - 1
        }
        answer(connection, number)
      }
    }
  }

  /// Takes everything: messages as `m_0`, `m_1`… and files as `90`, `91`….
  convenience init() throws {
    try self.init { connection, number in
      connection.respond(
        #"{"recipient_id":"7","message_id":"m_\#(number)","attachment_id":"9\#(number)","result":"success"}"#)
    }
  }

  var url: String { server.url }

  var requests: [ServerConnection.Request] { received.requests.withLock { $0 } }

  func paths() -> [Substring] { requests.compactMap { $0.head.split(separator: " ").dropFirst().first } }

  func bodies() throws -> [JSONValue] { try requests.map { try JSONValue(parsing: $0.body) } }

  static func secrets(account: String? = "1", token: String? = "EAAt0ken") -> ConnectionCreated.Private {
    ConnectionCreated.Private(account: account, appSecret: nil, verifyToken: nil, accessToken: token)
  }
}

extension ServerConnection {
  fileprivate func respond(_ body: String) { respond("200 OK", body) }
}

extension OutboundMessage {
  /// A message to the contact `7`, who wrote `hours` ago.
  static func toSeven(
    _ text: String = "hello",
    address: String = "7",
    attachments: [OutboundAttachment] = [],
    choices: [OutboundChoice] = [],
    replyTo: String? = nil,
    hours: Double? = 1,
    isByPerson: Bool = false
  ) -> OutboundMessage {
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let context = SendContext(
      now: now, lastInbound: hours.map { now.addingTimeInterval(-$0 * 3_600) }, isByPerson: isByPerson)
    return OutboundMessage(
      id: sevensID, address: address, text: text, attachments: attachments, choices: choices,
      replyTo: replyTo,
      context: context)
  }

  static let sevensID = MessageID(UUID.version7())
}
