import Contracts
import Foundation
import JSON
import Models

/// An answer that takes several effects: which models were asked, what tools were called, what it cost so far.
struct Generation: Codable, Sendable {
  /// The context that is being answered: for another one it is void.
  let input: EventID
  /// The place in the chain of models that is asked now, and how often it was.
  var place = 0
  var attempts = 0
  /// How often it has failed since it last answered, with a tool to call; nil is never.
  var failures: Int?
  /// How often models were asked in all.
  var calls = 0
  var tried: [TriedModel] = []
  var promptTokens: Int?
  var completionTokens: Int?
  var costMicros: Int64?
  var milliseconds = 0.0
  /// How many passages the last request showed: the model can cite no others.
  var shown: Int?
  /// About how many tokens the last request had.
  var asked: Int?
  /// Of the last request that came before any tool was called, and of the last one after that.
  var promptHMAC: String?
  var lastPromptHMAC: String?
  /// What the model that was last asked takes at most.
  var contextTokens: Int?
  var toolCalls = 0
  /// Something outside was called, and the model was told what it answered; nil is no.
  var hasToolResult: Bool?
  /// A tool may have changed something: from here on the answer is brought to its end, whatever else happens.
  var hasChanged = false
  /// A `Transcript` under the contact's key; nil before the first call.
  var transcript: String?
  var closes = false
  /// Why the conversation goes to a person once it is answered.
  var handsOver: String?

  /// How often each rule had held before this answer was begun, by its name; nil: not known.
  var escalationsBefore: [String: Int]?

  init(input: EventID, escalationsBefore: [String: Int]? = nil) {
    self.input = input
    self.escalationsBefore = escalationsBefore
  }

  /// Whether tools told what an answer may be made of. Under `cited` any call is enough, also of a tool that only does
  /// something with the answer: agents rely on that.
  func isSupported(under grounding: String?) -> Bool {
    hasToolResult == true || (grounding == "cited" && toolCalls > 0)
  }

  /// What was called since the question, and what is still to be called.
  struct Transcript: Codable, Sendable {
    var messages: [ChatMessage] = []
    var queue: [ToolCall] = []
    /// What goes with the answer.
    var choices: [MessageChoice]?
    var location: Location?
    var contacts: [ContactCard]?
    var files: [ToolFile]?
  }

  func transcript(_ key: SealingKey) throws -> Transcript {
    guard let transcript else { return Transcript() }
    return try JSON.decode(Transcript.self, from: JWE.open(transcript, with: key))
  }

  mutating func keep(_ value: Transcript, _ key: SealingKey) throws {
    transcript = String(decoding: try JWE.seal(JSON.encode(value), with: key), as: UTF8.self)
  }

  mutating func add(_ answer: GenerateOutcome.Answer, by model: ConfiguredModel?) {
    failures = nil
    milliseconds += answer.milliseconds
    guard let prompt = answer.promptTokens, let completion = answer.completionTokens else { return }
    promptTokens = (promptTokens ?? 0) + prompt
    completionTokens = (completionTokens ?? 0) + completion
    if let price = model?.price {
      let usage = ChatUsage(promptTokens: prompt, completionTokens: completion)
      costMicros = (costMicros ?? 0) + price.micros(usage)
    }
  }

  /// The model at this place will not be asked again.
  mutating func giveUp(_ model: String, _ reason: String) {
    tried.append(TriedModel(model: model, attempts: attempts, reason: reason))
    place += 1
    attempts = 0
    failures = nil
  }
}
