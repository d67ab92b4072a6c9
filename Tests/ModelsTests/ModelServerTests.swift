import Foundation
import HTTPClient
import Models
import Synchronization
import TestServers
import Testing

/// Against servers that others wrote. They fail, with what to install, where one is missing.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ModelServerTests {
  let client = HTTPClient()

  @Test func llamaAnswersInAStreamWithItsUsage() async throws {
    let port = try SocketServer.unusedPort()
    let server = try ServerProcess(
      ["python3", path("llama.py"), "\(port)"], environment: ["OMP_WAIT_POLICY": "passive"], ready: "ready\n")
    let pieces = Mutex<[String]>([])
    let request = ChatRequest(
      model: "smollm2", messages: [ChatMessage(role: .user, content: "Count from one to five.")],
      maximumTokens: 24, temperature: 0)
    let answer = try await OpenAIChatModel(base: "http://127.0.0.1:\(port)", client: client)
      .answer(request) { piece in pieces.withLock { $0.append(piece) } }
    #expect(pieces.withLock { $0.joined() } == answer.text)
    #expect(pieces.withLock { $0.count } > 3)
    #expect((1...24).contains(try #require(answer.usage).completionTokens))
    #expect(["stop", "length"].contains(answer.finishReason))
    #expect(try #require(answer.firstTokenAfter) < answer.latency)
    withExtendedLifetime(server) {}
  }

  @Test func fakellmAnswersItsScript() async throws {
    let port = try SocketServer.unusedPort()
    let server = try ServerProcess(
      ["fakellm", "serve", "--port", "\(port)", "--config", path("fakellm.yaml")], ready: "Uvicorn running")
    let request = ChatRequest(
      model: "any", messages: [ChatMessage(role: .user, content: "What is your return policy?")])
    let answer = try await OpenAIChatModel(base: "http://127.0.0.1:\(port)/v1/", client: client)
      .answer(request) { _ in }
    #expect(answer.text == "You can return it within 30 days.")
    #expect(answer.usage == nil)
    withExtendedLifetime(server) {}
  }

  @Test func fakellmCallsAToolInAStream() async throws {
    let port = try SocketServer.unusedPort()
    let server = try ServerProcess(
      ["fakellm", "serve", "--port", "\(port)", "--config", path("fakellm.yaml")], ready: "Uvicorn running")
    let tool = ChatTool(
      name: "order_status", description: "Looks up an order.",
      parameters: #"{"type":"object","properties":{"order":{"type":"string"}}}"#)
    let model = OpenAIChatModel(base: "http://127.0.0.1:\(port)/v1", client: client)
    let answer = try await model.answer(
      ChatRequest(
        model: "any", messages: [ChatMessage(role: .user, content: "Where is my order?")], tools: [tool])
    ) { _ in }
    #expect(answer.toolCalls.map(\.name) == ["order_status"])
    #expect(answer.toolCalls.first.map { $0.arguments.contains("A-17") } == true)
    withExtendedLifetime(server) {}
  }

  func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Servers/\(name)").path
  }
}
