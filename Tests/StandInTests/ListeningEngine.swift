import Synchronization
import TestServers

/// The end of an engine that takes webhooks, and keeps them.
final class ListeningEngine: Sendable {
  struct Webhook: Sendable {
    let signature: String?
    let body: [UInt8]
  }

  private final class Box: Sendable {
    let webhooks = Mutex<[Webhook]>([])
  }

  /// Sent once for each webhook, after it was answered.
  let arrivals = Signal()
  private let box = Box()
  private let server: SocketServer

  /// - Parameter status: what the webhook of this number, counted from 0, is answered with.
  init(_ status: @escaping @Sendable (_ number: Int) -> String = { _ in "200 OK" }) throws {
    server = try SocketServer { [box, arrivals] connection, _ in
      while let request = connection.readRequest() {
        let header = request.head.split(separator: "\r\n")
          .first { $0.lowercased().hasPrefix("x-hub-signature-256: ") }
        let signature = header.map { String($0.dropFirst("x-hub-signature-256: ".count)) }
        let number = box.webhooks.withLock { webhooks in
          webhooks.append(Webhook(signature: signature, body: request.body))
          return webhooks.count - 1
        }
        connection.respond(status(number))
        arrivals.send()
      }
    }
  }

  var url: String { server.url }
  var received: [Webhook] { box.webhooks.withLock { $0 } }
}
