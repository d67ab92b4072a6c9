import HTTPClient
import JSON
import Models
import Synchronization
import TestServers
import Testing

/// Against a server whose every byte the test decides.
@Suite(.timeLimit(.minutes(5))) struct OpenAIChatModelTests {
  let client = HTTPClient()
  static let request = ChatRequest(
    model: "m", messages: [ChatMessage(role: .user, content: "hello")], timeout: .seconds(10))

  /// Serves `body` as an event stream that ends with the connection, and returns what comes of it.
  func outcome(
    _ body: [UInt8], status: String = "200 OK", headers: [String] = [], cutBy size: Int = .max,
    key: String? = nil,
    maximumResponseBytes: Int = 1 << 20
  ) async throws -> (Result<ChatAnswer, ModelError>, pieces: [String]) {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.write(
        "HTTP/1.1 \(status)\r\n" + headers.map { $0 + "\r\n" }.joined() + "Connection: close\r\n\r\n")
      var rest = body[...]
      while !rest.isEmpty {
        connection.write(rest.prefix(size))
        rest = rest.dropFirst(size)
      }
    }
    let pieces = Mutex<[String]>([])
    let model = OpenAIChatModel(
      base: server.url, key: key, client: client, maximumResponseBytes: maximumResponseBytes)
    let result: Result<ChatAnswer, ModelError>
    do throws(ModelError) {
      result = .success(
        try await model.answer(Self.request) { piece in pieces.withLock { $0.append(piece) } })
    } catch {
      result = .failure(error)
    }
    return (result, pieces.withLock { $0 })
  }

  func failure(_ body: String, status: String = "200 OK", headers: [String] = []) async throws -> ModelError {
    let (result, _) = try await outcome(Array(body.utf8), status: status, headers: headers)
    guard case .failure(let error) = result else { throw Unexpected(result: result) }
    return error
  }

  struct Unexpected: Error { let result: Result<ChatAnswer, ModelError> }

  static let stream = #"""
    : warming up

    data: {"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}

    data: {"choices":[{"index":0,"delta":{"content":"Grüße "},"finish_reason":null}]}

    data: {"choices":[{"index":0,"delta":{"content":"🎉!"},"finish_reason":null}],"usage":null}

    data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

    data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3}}

    data: [DONE]


    """#

  @Test(arguments: [1, 2, 5, .max])
  func aStreamIsReadHoweverItIsCut(size: Int) async throws {
    let (result, pieces) = try await outcome(Array(Self.stream.utf8), cutBy: size)
    let answer = try result.get()
    #expect(answer.text == "Grüße 🎉!")
    #expect(pieces == ["Grüße ", "🎉!"])
    #expect(answer.model == "m-1")
    #expect(answer.usage == ChatUsage(promptTokens: 5, completionTokens: 3))
    #expect(answer.finishReason == "stop")
    #expect(try #require(answer.firstTokenAfter) <= answer.latency)
  }

  @Test func aStreamTornAnywhereBeforeItsFinishIsNoAnswer() async throws {
    let bytes = Array(Self.stream.utf8)
    let finish = Array(Self.stream[..<Self.stream.firstRange(of: "\"stop\"")!.upperBound].utf8).count
    // Every place inside the text, which holds sequences of two and four bytes, and some others.
    let text = Array(Self.stream[..<Self.stream.firstRange(of: "Grüße")!.lowerBound].utf8).count
    for end in Array(text..<text + 110) + [0, 1, 20, 60, finish] {
      let (result, _) = try await outcome(Array(bytes[..<end]))
      guard case .failure(let error) = result else { throw Unexpected(result: result) }
      #expect(error.code == .malformedAnswer, "cut at \(end)")
      #expect(error.isRetriable)
    }
  }

  @Test func aStreamThatEndsAfterItsFinishWithoutDoneIsWhole() async throws {
    let whole = Self.stream.replacing("data: [DONE]\n\n", with: "")
    #expect(try await outcome(Array(whole.utf8)).0.get().text == "Grüße 🎉!")
  }

  @Test func aServerThatDoesNotStreamIsUnderstood() async throws {
    let body = #"""
      {"model":"m-2","choices":[{"message":{"role":"assistant","content":"whole"},"finish_reason":"length"}],
      "usage":{"prompt_tokens":1,"completion_tokens":2}}
      """#
    let (result, pieces) = try await outcome(Array(body.utf8))
    let answer = try result.get()
    #expect(pieces == ["whole"])
    #expect(answer.text == "whole" && answer.finishReason == "length" && answer.firstTokenAfter == nil)
  }

  @Test(arguments: [
    "garbage", "{", "data: garbage\n\n", "data: []\n\n", "data: 1\n\n", "<html>down for maintenance</html>",
    "data: {\"choices\":7}\n\n", "{\"choices\":[{\"message\":{\"content\":", "",
  ])
  func garbageIsAMalformedAnswer(body: String) async throws {
    #expect(try await failure(body).code == .malformedAnswer)
  }

  @Test(arguments: [
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", "{\"choices\":[]}",
  ])
  func anAnswerWithoutTextIsEmpty(body: String) async throws {
    #expect(try await failure(body).code == .emptyAnswer)
  }

  @Test(arguments: [
    (#"{"error":{"message":"busy","code":429}}"#, ModelError.Code.rateLimited),
    (#"{"error":{"message":"busy","type":"rate_limit_exceeded"}}"#, .rateLimited),
    (#"{"error":{"message":"no","type":"invalid_request_error"}}"#, .rejected),
    (#"{"error":{"message":"no","code":"500"}}"#, .serverError),
    (#"{"error":"overloaded"}"#, .serverError),
  ])
  func anErrorInsideA200IsAnError(body: String, code: ModelError.Code) async throws {
    #expect(try await failure(body).code == code)
    #expect(
      try await failure("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: \(body)\n\n").code
        == code)
  }

  @Test(arguments: [
    ("429 Too Many Requests", ModelError.Code.rateLimited, true), ("401 Unauthorized", .rejected, false),
    ("404 Not Found", .rejected, false), ("302 Found", .rejected, false), ("500 Oops", .serverError, true),
    ("503 Busy", .serverError, true), ("504 Gateway Timeout", .timeout, true),
  ])
  func aStatusSaysWhetherToTryAgain(status: String, code: ModelError.Code, isRetriable: Bool) async throws {
    let error = try await failure(
      "{\"error\":{\"message\":\"why\"}}", status: status, headers: ["Retry-After: 3"])
    #expect(error.code == code)
    #expect(error.isRetriable == isRetriable)
    #expect(error.message.contains("why"))
    #expect((error.retryAfter == .seconds(3)) == (status.hasPrefix("429") || status.hasPrefix("503")))
  }

  @Test func anEndlessStreamIsCutOff() async throws {
    let event = Array("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n".utf8)
    let (result, pieces) = try await outcome(
      Array(repeating: event, count: 10_000).flatMap(\.self), maximumResponseBytes: 100_000)
    guard case .failure(let error) = result else { throw Unexpected(result: result) }
    #expect(error.code == .malformedAnswer)
    #expect(pieces.count <= 100_000 / event.count)
  }

  @Test func anErrorNeverRepeatsTheKey() async throws {
    let body = Array(#"{"error":{"message":"Incorrect API key provided: sk-secret"}}"#.utf8)
    let (result, _) = try await outcome(body, status: "401 Unauthorized", key: "sk-secret")
    guard case .failure(let error) = result else { throw Unexpected(result: result) }
    #expect(!error.description.contains("sk-secret"))
    let (injected, _) = try await outcome(body, key: "sk-secret\r\nX-Other: 1")
    guard case .failure(let refused) = injected else { throw Unexpected(result: injected) }
    #expect(refused.code == .rejected)
    #expect(!refused.description.contains("sk-secret"))
  }

  @Test func theRequestHoldsWhatWasAskedAndTheKey() async throws {
    let seen = Mutex<ServerConnection.Request?>(nil)
    let server = try SocketServer { connection, _ in
      let request = connection.readRequest()
      seen.withLock { $0 = request }
      connection.respond("200 OK", Self.stream)
    }
    _ = try await OpenAIChatModel(base: server.url, key: "k", client: client).answer(Self.request) { _ in }
    let request = try #require(seen.withLock { $0 })
    #expect(request.head.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
    #expect(request.head.contains("Authorization: Bearer k"))
    let body = try JSONValue(parsing: request.body)
    #expect(body["model"]?.string == "m" && body["max_tokens"]?.int == 512 && body["stream"]?.bool == true)
    #expect(body["stream_options"]?["include_usage"]?.bool == true)
    #expect(body["messages"]?[0]?["role"]?.string == "user")
    #expect(body["messages"]?[0]?["content"]?.string == "hello")
  }

  @Test func aSilentServerTimesOutAndAMissingOneIsUnreachable() async throws {
    let server = try SocketServer { connection, _ in connection.waitForClose() }
    let request = ChatRequest(model: "m", messages: Self.request.messages, timeout: .seconds(1))
    let port = try SocketServer.unusedPort()
    for (base, code) in [(server.url, ModelError.Code.timeout), ("http://127.0.0.1:\(port)", .unreachable)] {
      let model = OpenAIChatModel(base: base, client: client)
      let error = await #expect(throws: ModelError.self) { try await model.answer(request) { _ in } }
      #expect(error?.code == code)
    }
  }
}
