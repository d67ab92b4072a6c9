import Contracts
import Understanding

/// Whether what a model wrote may be said, by what supports it.
struct Grounding: Sendable {
  /// Why it may not; the word of `reply.generated`.
  enum Withheld: String, Sendable {
    /// The model says that nothing supports an answer.
    case noAnswer = "no-answer"
    case empty
    /// It cites no passage that it was given, and no tool said anything.
    case unsupported
  }

  private enum Mode: String { case supported, cited, free }
  private let mode: Mode

  /// - Parameters:
  ///   - grounding: of the agent's definition.
  ///   - hasDocuments: whether there are documents that the agent may answer from.
  ///   - hasToolResult: whether a tool was called for the answer, and told something.
  ///   - asked: the messages that are answered; nil for one that cannot be read.
  init(_ grounding: String?, hasDocuments: Bool, hasToolResult: Bool, asked: [String?]) {
    let wanted = grounding.flatMap(Mode.init) ?? .free
    mode =
      switch wanted {
      case _ where hasToolResult: .free
      case .supported where !hasDocuments || Self.isSmallTalk(asked): .free
      default: wanted
      }
  }

  /// All of them are small talk, and want nothing; one that cannot be read is none.
  static func isSmallTalk(_ asked: [String?]) -> Bool {
    !asked.isEmpty && asked.allSatisfy { $0.map { SmallTalk.isAll($0) && !SmallTalk.wants($0) } ?? false }
  }

  /// The answer must cite something: what is written of it before cannot be shown yet.
  var wantsCitation: Bool { mode != .free }

  func withheld(_ answer: CheckedAnswer) -> Withheld? {
    if answer.isWithoutAnswer { return .noAnswer }
    if answer.text.allSatisfy(\.isWhitespace) { return .empty }
    guard wantsCitation, answer.citations.isEmpty else { return nil }
    return mode == .supported && SmallTalk.statesNothing(answer.text) ? nil : .unsupported
  }
}

extension AgentDefinition {
  /// Customers see neither the numbers of passages nor their titles.
  var hidesCitations: Bool { citations == "hidden" }

  /// Whether it names the documents that it answers from, so that it has some even before there are any.
  private var namesDocuments: Bool { knowledgeBases != nil || tags != nil || documents != nil }

  /// Whether there are documents that the agent may answer from.
  /// - Parameters:
  ///   - tenants: whether the tenant has any, as far as that is known.
  ///   - passages: how many were found.
  func hasDocuments(tenants: Bool?, passages: Int) -> Bool {
    tenants == true || passages > 0 || namesDocuments
  }

  /// An unsupported answer goes to a person even where none of the agent's rules is about that. One without any rules gives
  /// nothing to anybody.
  var handsOverUnsupported: Bool { Self.handsOverUnsupported(by: escalation, grounding: grounding) }

  private static func handsOverUnsupported(by rules: [EscalationRule]?, grounding: String?) -> Bool {
    grounding == "supported" && rules?.isEmpty == false && rules?.contains { $0.noAnswer == true } == false
  }

  /// Whoever cannot be answered is given to a person, each time: the fallback text may announce one.
  var handsOverUnanswered: Bool { Self.handsOverUnanswered(by: escalation, grounding: grounding) }

  package static func handsOverUnanswered(by rules: [EscalationRule]?, grounding: String?) -> Bool {
    handsOverUnsupported(by: rules, grounding: grounding)
      || rules?.contains { $0 == EscalationRule(name: $0.name, noAnswer: true, text: $0.text) } == true
  }
}
