import JSON

/// Answers the calls of tools from what was recorded of one exchange. It makes none: there is nothing here that could.
package struct RecordedTools: Sendable {
  private var calls: [Exchange.ToolCall]
  package private(set) var replayed: [Exchange.ToolCall] = []
  package private(set) var missing: [Exchange.ToolCall] = []

  package static let notRecorded = "This call was not made: it is not in the recording."

  package init(_ calls: [Exchange.ToolCall]) { self.calls = calls }

  /// What the same call with the same arguments gave then; each recorded call answers once, and its last one stays.
  package mutating func answer(_ tool: String, _ arguments: String) -> String {
    let wanted = Self.canonical(arguments)
    let matches = calls.indices.filter {
      calls[$0].tool == tool && Self.canonical(calls[$0].arguments) == wanted
    }
    guard let first = matches.first else {
      missing.append(
        Exchange.ToolCall(tool: tool, arguments: arguments, result: "", outcome: "not-recorded"))
      return Self.notRecorded
    }
    let call = calls[first]
    if matches.count > 1 { calls.remove(at: first) }
    replayed.append(call)
    return call.result
  }

  /// Arguments that are the same JSON, whatever the order of their members.
  private static func canonical(_ text: String) -> String {
    guard let value = try? JSONValue(parsing: Array(text.utf8)) else { return text }
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
