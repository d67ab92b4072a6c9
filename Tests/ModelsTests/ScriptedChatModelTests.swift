import Models
import Synchronization
import Testing

@Suite struct ScriptedChatModelTests {
  let request = ChatRequest(model: "scripted", messages: [ChatMessage(role: .user, content: "one two")])

  @Test func thePiecesAreTheAnswer() async throws {
    let pieces = Mutex<[String]>([])
    let model = ScriptedChatModel(pieces: ["a", "b", "c"])
    let answer = try await model.answer(request) { piece in pieces.withLock { $0.append(piece) } }
    #expect(answer.text == "abc")
    #expect(pieces.withLock { $0 } == ["a", "b", "c"])
    #expect(answer.usage == ChatUsage(promptTokens: 2, completionTokens: 3))
  }

  @Test func delayAndFailureGoByTheNumberOfTheCall() async throws {
    let model = ScriptedChatModel(
      pieces: ["a"], delay: { $0 == 1 ? .seconds(60) : .zero },
      failure: { $0 == 0 ? ModelError(code: .serverError, message: "first") : nil })
    let request = ChatRequest(model: "scripted", messages: request.messages, timeout: .milliseconds(5))
    for code in [ModelError.Code.serverError, .timeout] {
      let error = await #expect(throws: ModelError.self) { try await model.answer(request) { _ in } }
      #expect(error?.code == code)
    }
    #expect(try await model.answer(request) { _ in }.text == "a")
    #expect(model.callCount == 3)
  }
}
