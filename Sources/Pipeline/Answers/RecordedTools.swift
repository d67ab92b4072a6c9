import Contracts
import JSON
import Models

/// A call of a tool, and what the model was told of it.
package struct RecordedCall: Sendable, Equatable, Codable {
  package let tool: String
  /// JSON as the model wrote it; nil stands for any.
  package let arguments: String?
  package let result: String
  /// `succeeded`, `failed`, `refused` or `uncertain`.
  package let outcome: String
  package let reason: String?
  package let status: Int?

  package init(
    tool: String, arguments: String?, result: String, outcome: String = "succeeded", reason: String? = nil,
    status: Int? = nil
  ) {
    self.tool = tool
    self.arguments = arguments
    self.result = result
    self.outcome = outcome
    self.reason = reason
    self.status = status
  }

  package init(_ facts: ToolCalled.Facts, _ said: ToolCalled.Private) {
    self.init(
      tool: facts.tool, arguments: said.arguments, result: said.result, outcome: facts.outcome,
      reason: facts.reason, status: facts.status)
  }
}

/// Answers the calls of tools from what was recorded of one conversation. It makes none: there is nothing here that
/// could.
package struct RecordedTools: Sendable {
  private var own: [Entry]
  private let others: [Entry]

  private struct Entry: Sendable {
    let call: RecordedCall
    let arguments: String?
  }

  /// - Parameters:
  ///   - own: those of the answer that is rehearsed, in order.
  ///   - others: those of the conversation's other answers, the most telling first.
  package init(_ own: [RecordedCall], others: [RecordedCall] = []) {
    self.own = own.compactMap(Self.entry)
    self.others = others.compactMap(Self.entry)
  }

  /// What the same call with the same arguments gave then; nil when there was none. Of several in one answer each
  /// answers once, in order, and the last one stays.
  mutating func outcome(of call: ToolCall, sealedWith key: SealingKey) throws -> ToolOutcome? {
    let wanted = Self.canonical(call.arguments)
    func isSame(_ entry: Entry) -> Bool {
      entry.call.tool == call.name && (entry.arguments ?? wanted) == wanted
    }
    let matches = own.indices.filter { isSame(own[$0]) }
    guard let found = matches.first.map({ own[$0] }) ?? others.first(where: isSame) else { return nil }
    if let first = matches.first, matches.count > 1 { own.remove(at: first) }
    return try ToolOutcome(found.call, sealedWith: key)
  }

  /// What was refused was never called: whether it would be again is decided anew.
  private static func entry(_ call: RecordedCall) -> Entry? {
    call.outcome == "refused" ? nil : Entry(call: call, arguments: call.arguments.map(canonical))
  }

  /// Arguments that are the same JSON, whatever the order of their members.
  private static func canonical(_ text: String) -> String {
    guard let value = try? JSONValue(parsing: Array(text.utf8), maximumDepth: JSON.maximumDepth) else {
      return text
    }
    return canonical(value)
  }

  private static func canonical(_ value: JSONValue) -> String {
    if let members = value.object {
      let parts = members.sorted { $0.key < $1.key }.map {
        "\($0.key.debugDescription):\(canonical($0.value))"
      }
      return "{\(parts.joined(separator: ","))}"
    }
    if let elements = value.array { return "[\(elements.map(canonical).joined(separator: ","))]" }
    return String(decoding: value.serialized(), as: UTF8.self)
  }
}

extension ToolOutcome {
  fileprivate init(_ call: RecordedCall, sealedWith key: SealingKey) throws {
    let bare = ToolOutcome(
      outcome: call.outcome, reason: call.reason, status: call.status, sealed: nil, milliseconds: 0)
    // Recorded is what the model was told; the server's part of it is told in the same words again.
    let frame = bare.words("")
    let text =
      call.outcome != "succeeded" && call.result.hasPrefix(frame)
      ? String(call.result.dropFirst(frame.count)) : call.result
    let sealed = try JWE.seal(JSON.encode(Text(text: text)), with: key)
    self.init(
      outcome: call.outcome, reason: call.reason, status: call.status,
      sealed: String(decoding: sealed, as: UTF8.self), milliseconds: 0)
  }
}
