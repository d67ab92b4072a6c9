import JSON

/// Puts the tool calls of a stream together: name and id come first, the arguments piece by piece.
///
/// OpenAI API reference, "Chat completion chunk object", `delta.tool_calls`. Servers differ: some send each call whole,
/// without an index or an id, or the arguments as an object.
struct ToolCallDeltas {
  /// The most calls of one answer, and bytes of the arguments of one: more is no answer to go by.
  static let maximumCalls = 32
  static let maximumBytes = 64 << 10

  private(set) var calls: [ToolCall] = []
  private var indices: [Int64] = []

  mutating func receive(_ delta: JSONValue) throws(ModelError) {
    let function = delta["function"]
    let id = delta["id"]?.string ?? ""
    let place = place(of: delta, id: id, name: function?["name"]?.string)
    guard place < Self.maximumCalls else {
      throw ModelError(code: .malformedAnswer, message: "more than \(Self.maximumCalls) tool calls")
    }
    if place == calls.count {
      calls.append(ToolCall(id: id.isEmpty ? "call_\(place + 1)" : id, name: "", arguments: ""))
      indices.append(delta["index"]?.int ?? Int64(place))
    }
    if let name = function?["name"]?.string, calls[place].name.isEmpty { calls[place].name = name }
    if let arguments = function?["arguments"] {
      calls[place].arguments +=
        arguments.kind == .object
        ? String(decoding: arguments.serialized(), as: UTF8.self) : arguments.string ?? ""
    }
    guard calls[place].arguments.utf8.count <= Self.maximumBytes else {
      throw ModelError(
        code: .malformedAnswer, message: "the arguments of a tool call exceed \(Self.maximumBytes) bytes")
    }
  }

  /// By its index; else by its id; else it goes on with the last one, unless it names a function again.
  private func place(of delta: JSONValue, id: String, name: String?) -> Int {
    if let index = delta["index"]?.int { return indices.firstIndex(of: index) ?? calls.count }
    if !id.isEmpty { return calls.firstIndex { $0.id == id } ?? calls.count }
    return name?.isEmpty == false || calls.isEmpty ? calls.count : calls.count - 1
  }
}
