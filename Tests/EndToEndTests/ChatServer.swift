import Foundation
import JSON
import Synchronization
import TestServers

/// A server of chat completions: the model `judge` prefers whatever `small` said, others say who they are.
final class ChatServer: Sendable {
  private let server: SocketServer
  private let requests: Requests

  private final class Requests: Sendable {
    let asked = Mutex<[(model: String, text: String)]>([])
  }

  init() throws {
    let requests = Requests()
    self.requests = requests
    server = try SocketServer { connection, _ in
      while let request = connection.readRequest() {
        guard let body = try? JSONValue(parsing: request.body), let model = body["model"]?.string else {
          return
        }
        let text = (body["messages"]?.array ?? []).compactMap { $0["content"]?.string }.joined(
          separator: "\n")
        requests.asked.withLock { $0.append((model, text)) }
        let said =
          model == "judge" ? Self.verdict(text) : "Said by \(model) [1]."
        let piece = try? JSON.encode(["content": said])
        connection.respond(
          headers: ["Content-Type: text/event-stream"],
          #"data: {"model":"\#(model)","choices":[{"index":0,"delta":"#
            + String(decoding: piece ?? [], as: UTF8.self) + #","finish_reason":null}]}"# + "\n\n"
            + #"data: {"model":"\#(model)","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"#
            + #""usage":{"prompt_tokens":10,"completion_tokens":4}}"# + "\n\ndata: [DONE]\n\n")
      }
    }
  }

  var url: String { server.url }

  /// What a model was asked, each request as one text.
  func asked(_ model: String) -> [String] {
    requests.asked.withLock { $0.filter { $0.model == model }.map(\.text) }
  }

  private static func verdict(_ text: String) -> String {
    let first = text.range(of: "First answer:\nSaid by small") != nil
    return #"{"first": \#(first ? 5 : 2), "second": \#(first ? 2 : 5), "reason": "It is brief."}"#
  }
}
