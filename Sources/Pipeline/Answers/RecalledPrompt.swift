import Contracts
import Keyring
import Models

/// The prompt of an answer of then, assembled again from what the log holds of it.
///
/// What the log does not say is few things of few values: which language the question seemed to be in by then, whether
/// the model took tools, after which calls it was last asked, and whether the release of then asked for numbers first. Those are taken of which the reply tells the HMAC.
package struct RecalledPrompt: Sendable {
  package let messages: [ChatMessage]
  /// Whether this is what the model was asked, by the HMAC that the reply tells. False where something of it is gone:
  /// one of several people was erased, or the text was edited meanwhile. Nil of replies of before they told one.
  package let isExact: Bool?

  /// - Parameters:
  ///   - definition: of the version that answered.
  ///   - turns: oldest first, what was asked at their end.
  ///   - languages: those that the question may have seemed to be in.
  ///   - transcript: what was called and told since the question. The prompt may have come before the last calls of it.
  ///   - contextTokens: of the model then; nil for what is common.
  ///   - hmac: what the reply tells.
  ///   - key: the contact's, which sealed what was found.
  package init(
    of definition: AgentDefinition, in conversation: ConversationID, turns: [ChatMessage], summary: String?,
    passages: [Passage], transcript: [ChatMessage] = [], languages: [String], contextTokens: Int?,
    hmac: String?, key: SealingKey
  ) {
    let model = ConfiguredModel(name: "", contextTokens: contextTokens ?? Self.commonContextTokens)
    let tools = Toolbox(definition.tools, secrets: nil).chatTools
    func assembled(
      _ language: String?, _ tools: [ChatTool], _ transcript: [ChatMessage], wantsNumbersFirst: Bool = true
    ) -> [ChatMessage] {
      var prompt = Prompt(
        question: "", turns: turns.suffix(GenerateWorkspace.turnsInPrompt), summary: summary,
        passages: passages, language: language, mark: Prompt.mark(of: conversation, under: key))
      prompt.wantsNumbersFirst = wantsNumbersFirst
      return prompt.request(definition, model: model, tools: tools, transcript: transcript).messages
    }
    let candidates = [true, false].lazy.flatMap { wantsNumbersFirst in
      transcript.beginnings.lazy.flatMap { transcript in
        (languages.map(Optional.some) + [nil]).lazy.flatMap { language in
          (tools.isEmpty ? [[]] : [tools, []]).lazy.map {
            assembled(language, $0, transcript, wantsNumbersFirst: wantsNumbersFirst)
          }
        }
      }
    }
    let same = candidates.first { $0.promptHMAC(under: key) == hmac }
    messages = same ?? assembled(languages.first, tools, transcript)
    isExact = hmac.map { _ in same != nil }
  }

  private static let commonContextTokens = 8_192
}

extension [ChatMessage] {
  /// A transcript, and what it was before each turn of the model, the longest first.
  fileprivate var beginnings: [[ChatMessage]] {
    [self] + indices.reversed().filter { self[$0].role == .assistant }.map { Array(self[..<$0]) }
  }

  /// By which a prompt that is assembled again is known to be the same. Under the contact's key: it says nothing to
  /// anyone who could not read the prompt.
  package func promptHMAC(under key: SealingKey) -> String {
    key.hmac("prompt" + map(\.measured).joined())
  }
}

extension ChatMessage {
  /// All of it that was said or called, each part with its length before it.
  fileprivate var measured: String {
    let calls = (toolCalls ?? []).flatMap { [$0.id, $0.name, $0.arguments] }
    return "\n\(role.rawValue) \(content.utf8.count)\n\(content)"
      + calls.map { "\ncall \($0.utf8.count)\n\($0)" }.joined()
  }
}

extension Prompt {
  /// What nobody outside can know, and always the same for a conversation.
  static func mark(of conversation: ConversationID, under key: SealingKey) -> String {
    String(key.hmac("reference \(conversation)").prefix(16))
  }
}
