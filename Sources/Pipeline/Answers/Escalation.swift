import Contracts
import Understanding

/// What a classifier made of one message.
struct ClassifiedMessage: Codable, Sendable, Equatable {
  let message: MessageID
  var language: String?
  var intent: String?
  var confidence: Double?
  var sentiment: String?
  var isOutOfScope = false
}

extension ClassifiedMessage {
  init(_ facts: MessageClassified.Facts) {
    self.init(
      message: facts.message, language: facts.language == "und" ? nil : facts.language, intent: facts.intent,
      confidence: facts.confidence, sentiment: facts.sentiment.rawValue,
      isOutOfScope: facts.outOfScope ?? false)
  }
}

/// When the rules of an agent give a conversation to a person.
struct Escalation: Sendable {
  /// What happens that a rule may be about.
  enum Occasion: Sendable { case message, noAnswer, modelFailed }

  /// What a rule may look at.
  struct Message: Sendable {
    let text: String
    let classification: ClassifiedMessage?
    let labels: [String]
    /// The agent had asked something.
    var followsQuestion = false

    /// Words of what may be nothing but a reply.
    private static let longestReply = 6

    /// What is said in short when the agent had asked, an order's number for instance, has seldom an intent of its own.
    var isReply: Bool {
      followsQuestion && text.split(whereSeparator: \.isWhitespace).count <= Self.longestReply
    }
  }

  let rules: [EscalationRule]

  /// Whether a rule cannot be judged without what the classifier says.
  var needsClassification: Bool {
    rules.contains {
      $0.intents != nil || $0.confidenceBelow != nil || $0.outOfScope != nil || $0.sentiment != nil
    }
  }

  /// Whether a rule is about what people call the conversation, or the contact.
  var looksAtLabels: Bool { rules.contains { $0.label != nil } }

  /// Whether a rule is about how well an intent was understood.
  var judgesUnderstanding: Bool { rules.contains { $0.confidenceBelow != nil || $0.outOfScope != nil } }

  /// The first rule that holds, and has held as often as it asks for.
  /// - Parameter counts: how often each has held in this conversation, by its name.
  func rule(_ occasion: Occasion, _ message: Message, counts: inout [String: Int]) -> EscalationRule? {
    var found: EscalationRule?
    for rule in rules where Self.holds(rule, on: occasion, message) {
      counts[rule.name, default: 0] += 1
      if found == nil, counts[rule.name, default: 0] >= rule.times ?? 1 { found = rule }
    }
    return found
  }

  private static func holds(_ rule: EscalationRule, on occasion: Occasion, _ message: Message) -> Bool {
    let isFor: Occasion =
      rule.modelFailed == true ? .modelFailed : rule.noAnswer == true ? .noAnswer : .message
    guard isFor == occasion else { return false }
    let seen = message.classification
    var conditions: [Bool] = []
    if let keywords = rule.keywords { conditions.append(Words(message.text).contain(anyOf: keywords)) }
    if rule.asksForPerson == true {
      conditions.append(
        seen?.intent.map(personIntents.contains) == true || PersonRequest.stands(in: message.text))
    }
    if let intents = rule.intents { conditions.append(seen?.intent.map(intents.contains) == true) }
    // A greeting is of no intent, and wants none.
    let wantsIntent =
      (rule.confidenceBelow != nil || rule.outOfScope != nil)
      && !message.isReply && !SmallTalk.isAll(message.text)
    if let bound = rule.confidenceBelow {
      conditions.append(wantsIntent && seen?.confidence.map { $0 < bound } == true)
    }
    if let outOfScope = rule.outOfScope {
      conditions.append(seen?.isOutOfScope == outOfScope && (wantsIntent || !outOfScope))
    }
    if let sentiment = rule.sentiment { conditions.append(seen?.sentiment == sentiment) }
    if let label = rule.label { conditions.append(message.labels.contains(label)) }
    if isFor != .message { conditions.append(true) }
    return !conditions.isEmpty && conditions.allSatisfy { $0 }
  }
}

extension EscalationRule {
  /// The stable word of `conversation.handed-over`.
  var reason: String {
    if modelFailed == true { return "model-failed" }
    if noAnswer == true { return "no-answer" }
    if asksForPerson == true { return "asked" }
    if keywords != nil { return "keyword" }
    if intents != nil { return "intent" }
    if sentiment != nil { return "sentiment" }
    if confidenceBelow != nil { return "low-confidence" }
    if outOfScope != nil { return "out-of-scope" }
    return "label"
  }
}

/// A text as words that can be looked for.
private struct Words {
  private let text: String

  init(_ text: String) { self.text = Self.spaced(text) }

  /// Whole words and phrases; what has no blanks between words (Chinese, Japanese, Thai) is found anywhere.
  func contain(anyOf phrases: [String]) -> Bool {
    phrases.contains { phrase in
      let wanted = Self.spaced(phrase)
      guard wanted.contains(where: { $0 != " " }) else { return false }
      let isWithoutBlanks = wanted.unicodeScalars.contains {
        (0x0E00...0x0E7F).contains($0.value) || (0x3040...0x9FFF).contains($0.value)
      }
      return text.contains(isWithoutBlanks ? String(wanted.dropFirst().dropLast()) : wanted)
    }
  }

  private static func spaced(_ text: String) -> String {
    " " + text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ") + " "
  }
}

/// Intents that ask for a person, whatever a tenant's classifier calls them.
private let personIntents: Set<String> = [
  "person", "human", "agent", "hand-over", "handover", "ask_for_person", "ask-for-person", "speak_to_human",
  "speak-to-human", "talk_to_human", "talk-to-human", "contact_human_agent",
]
