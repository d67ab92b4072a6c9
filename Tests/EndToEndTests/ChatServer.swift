import Foundation
import JSON
import Synchronization
import TestServers

/// A server of chat completions: the model `judge` prefers whatever `small` said, others say who they are. Each call takes
/// ten tokens and makes four.
final class ChatServer: Sendable {
  private let server: SocketServer
  private let requests: Requests

  private final class Requests: Sendable {
    let asked = Mutex<[(model: String, text: String)]>([])
  }

  /// - Parameter arguments: of the first tool that a request offers, as JSON: it is called before anything is said. Nil
  ///   calls none.
  init(callingWith arguments: String? = nil) throws {
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
        let call = arguments.flatMap { Self.call(in: body, with: $0) }
        let delta =
          call
          ?? (try? JSON.encode(["content": model == "judge" ? Self.verdict(text) : "Said by \(model) [1]."]))
        let reason = call == nil ? "stop" : "tool_calls"
        connection.respond(
          headers: ["Content-Type: text/event-stream"],
          #"data: {"model":"\#(model)","choices":[{"index":0,"delta":"#
            + String(decoding: delta ?? [], as: UTF8.self) + #","finish_reason":null}]}"# + "\n\n"
            + #"data: {"model":"\#(model)","choices":[{"index":0,"delta":{},"finish_reason":"\#(reason)"}],"#
            + #""usage":{"prompt_tokens":10,"completion_tokens":4}}"# + "\n\ndata: [DONE]\n\n")
      }
    }
  }

  var url: String { server.url }

  /// What a model was asked, each request as one text.
  func asked(_ model: String) -> [String] {
    requests.asked.withLock { $0.filter { $0.model == model }.map(\.text) }
  }

  /// Calls the first tool, unless none is offered or it has said something.
  private static func call(in body: JSONValue, with arguments: String) -> [UInt8]? {
    struct Delta: Encodable {
      struct Call: Encodable {
        var index = 0
        var id = "call-1"
        var type = "function"
        let function: [String: String]
      }
      let tool_calls: [Call]
    }
    guard let tool = body["tools"]?[0]?["function"]?["name"]?.string,
      body["messages"]?.array?.contains(where: { $0["role"]?.string == "tool" }) != true
    else { return nil }
    return try? JSON.encode(
      Delta(tool_calls: [.init(function: ["name": tool, "arguments": arguments])]))
  }

  private static func verdict(_ text: String) -> String {
    let first = text.range(of: "First answer:\nSaid by small") != nil
    return #"{"first": \#(first ? 5 : 2), "second": \#(first ? 2 : 5), "reason": "It is brief."}"#
  }
}
