import HTTPClient
import JSON
import Models
import Synchronization
import TestServers
import Testing

/// Calls of tools, as servers stream them and as they are told of them.
@Suite(.timeLimit(.minutes(5))) struct ToolCallTests {
  let client = HTTPClient()
  static let tool = ChatTool(
    name: "order_status", description: "Looks up an order.",
    parameters: #"{"type":"object","properties":{"order":{"type":"string"}}}"#)

  func answer(_ lines: [String], request: ChatRequest? = nil) async throws -> (ChatAnswer, JSONValue) {
    let seen = Mutex<[UInt8]>([])
    let server = try SocketServer { connection, _ in
      let request = connection.readRequest()
      seen.withLock { $0 = request?.body ?? [] }
      connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
      for line in lines { connection.write("data: \(line)\n\n") }
    }
    let request =
      request
      ?? ChatRequest(
        model: "m", messages: [ChatMessage(role: .user, content: "Where is A-17?")], tools: [Self.tool])
    let answer = try await OpenAIChatModel(base: server.url, client: client).answer(request) { _ in }
    return (answer, try JSONValue(parsing: seen.withLock { $0 }))
  }

  @Test func aCallInPiecesIsPutTogether() async throws {
    let (answer, body) = try await answer([
      #"{"choices":[{"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"order_status","arguments":""}}]}}]}"#,
      #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"order\":"}}]}}]}"#,
      #"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"c2","function":{"name":"order_status","arguments":"{}"}}]}}]}"#,
      #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"A-17\"}"}}]}}]}"#,
      #"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#, "[DONE]",
    ])
    #expect(
      answer.toolCalls == [
        ToolCall(id: "c1", name: "order_status", arguments: #"{"order":"A-17"}"#),
        ToolCall(id: "c2", name: "order_status", arguments: "{}"),
      ])
    #expect(answer.text == "" && answer.finishReason == "tool_calls")
    #expect(body["tools"]?[0]?["function"]?["parameters"]?["type"]?.string == "object")
  }

  @Test func callsWithoutIndexOrWithArgumentsAsAnObjectAreUnderstood() async throws {
    let (answer, _) = try await answer([
      #"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"a","arguments":{"x":1}}},{"function":{"name":"b","arguments":"{}"}}]}}]}"#,
      #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#, "[DONE]",
    ])
    #expect(answer.toolCalls.map(\.name) == ["a", "b"])
    #expect(answer.toolCalls[0].arguments == #"{"x":1}"#)
    #expect(Set(answer.toolCalls.map(\.id)).count == 2)
  }

  @Test func endlessCallsAndArgumentsAreRefused() async throws {
    let many = (0..<40).map {
      #"{"choices":[{"delta":{"tool_calls":[{"index":\#($0),"function":{"name":"a","arguments":""}}]}}]}"#
    }
    let long =
      #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"a","arguments":"\#(String(repeating: "x", count: 70_000))"}}]}}]}"#
    for lines in [many, [long]] {
      let error = await #expect(throws: ModelError.self) { try await answer(lines) }
      #expect(error?.code == .malformedAnswer)
    }
  }

  @Test func whatWasCalledAndToldGoesBackToTheModel() async throws {
    let request = ChatRequest(
      model: "m",
      messages: [
        ChatMessage(role: .user, content: "?"),
        ChatMessage(
          role: .assistant, content: "", toolCalls: [ToolCall(id: "c1", name: "a", arguments: "not json")]),
        ChatMessage(role: .tool, content: "result", toolCallID: "c1"),
      ])
    let (_, body) = try await answer(
      [#"{"choices":[{"delta":{"content":"ok"},"finish_reason":"stop"}]}"#, "[DONE]"], request: request)
    #expect(body["messages"]?[1]?["tool_calls"]?[0]?["function"]?["arguments"]?.string == "{}")
    #expect(body["messages"]?[2]?["role"]?.string == "tool")
    #expect(body["messages"]?[2]?["tool_call_id"]?.string == "c1")
    #expect(body["tools"] == nil)
  }

  @Test func aServerIsGivenTheParametersAsTheyWereWritten() async throws {
    let parameters =
      ##"{"type":"object","properties":{"b":{"$ref":"#/$defs/Code"},"a":{"type":"string","nullable":true,"x-y":1.5}},"##
      + ##""$defs":{"Code":{"type":"string","pattern":"^\\p{L}+$"}},"additionalProperties":false}"##
    let tool = ChatTool(name: "t", description: "d", parameters: parameters)
    let (_, body) = try await answer(
      [#"{"choices":[{"delta":{"content":"ok"},"finish_reason":"stop"}]}"#, "[DONE]"],
      request: ChatRequest(
        model: "m", messages: [ChatMessage(role: .user, content: "?")], tools: [tool]))
    let given = body["tools"]?[0]?["function"]?["parameters"]
    #expect(given.map { String(decoding: $0.serialized(), as: UTF8.self) } == parameters)
  }

  @Test func azureHasItsOwnAddressAndHeader() async throws {
    let seen = Mutex("")
    let server = try SocketServer { connection, _ in
      let request = connection.readRequest()
      seen.withLock { $0 = request?.head ?? "" }
      connection.respond(
        "200 OK", #"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#)
    }
    let model = OpenAIChatModel(
      base: server.url + "/", key: "k", provider: .azure(apiVersion: "2024-10-21"), client: client)
    _ = try await model.answer(
      ChatRequest(model: "gpt 4/x", messages: [ChatMessage(role: .user, content: "hello")])
    ) { _ in }
    let head = seen.withLock { $0 }
    #expect(
      head.hasPrefix(
        "POST /openai/deployments/gpt%204%2Fx/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n"))
    #expect(head.contains("\r\napi-key: k") && !head.contains("Authorization"))
  }
}

@Suite struct ModelGatewayTests {
  static func request(_ server: String) -> ChatRequest {
    ChatRequest(server: server, model: "m", messages: [ChatMessage(role: .user, content: "x")])
  }

  @Test func aServerThatKeepsFailingIsLeftAloneAndTriedAgainLater() async throws {
    let clock = Mutex(ContinuousClock.now)
    let failing = ScriptedChatModel(
      pieces: ["ok"], failure: { $0 < 6 ? ModelError(code: .serverError, message: "down") : nil })
    let gateway = ModelGateway(servers: ["a": failing], now: { clock.withLock { $0 } })
    func outcome() async -> ModelError.Code? {
      do throws(ModelError) { _ = try await gateway.answer(Self.request("a")) { _ in } } catch {
        return error.code
      }
      return nil
    }
    for _ in 0..<5 { #expect(await outcome() == .serverError) }
    #expect(await outcome() == .circuitOpen)
    #expect(failing.callCount == 5)
    clock.withLock { $0 += .seconds(6) }
    #expect(await outcome() == .serverError)
    clock.withLock { $0 += .seconds(6) }
    // The failed try doubled the pause.
    #expect(await outcome() == .circuitOpen)
    clock.withLock { $0 += .seconds(5) }
    #expect(await outcome() == nil)
    #expect(await outcome() == nil)
    #expect(failing.callCount == 8)
  }

  @Test func refusalsDoNotOpenTheCircuitAndUnknownNamesAreNotAsked() async throws {
    let refusing = ScriptedChatModel(
      pieces: ["ok"], failure: { _ in ModelError(code: .rejected, message: "no") })
    let gateway = ModelGateway(servers: ["a": refusing])
    for _ in 0..<10 {
      let error = await #expect(throws: ModelError.self) {
        try await gateway.answer(Self.request("a")) { _ in }
      }
      #expect(error?.code == .rejected)
    }
    let error = await #expect(throws: ModelError.self) {
      try await gateway.answer(Self.request("b")) { _ in }
    }
    #expect(error?.code == .unknownModel)
  }

  @Test func costsAreCountedInMillionths() {
    let price = ModelPrice(input: 0.15, output: 0.6)
    #expect(price.micros(ChatUsage(promptTokens: 1_000_000, completionTokens: 1_000_000)) == 750_000)
    #expect(price.micros(ChatUsage(promptTokens: 100, completionTokens: 10)) == 21)
    #expect(price.micros(ChatUsage(promptTokens: 1, completionTokens: 0)) == 1)
    #expect(price.micros(ChatUsage(promptTokens: 0, completionTokens: 0)) == 0)
  }

  @Test func aChainHasEachModelOnce() {
    let catalogue = ModelCatalogue(
      models: [ConfiguredModel(name: "a"), ConfiguredModel(name: "b")], fallbacks: ["b", "a"])
    #expect(catalogue.chain(first: nil, then: nil) == ["a", "b"])
    #expect(catalogue.chain(first: "b", then: nil) == ["b", "a"])
    #expect(catalogue.chain(first: "x", then: []) == ["x"])
    #expect(catalogue["x"] == nil)
    #expect(ModelCatalogue(models: []).chain(first: "a", then: ["b"]).isEmpty)
  }
}
