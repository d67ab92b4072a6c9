/// Reads an answer as it arrives: an event stream, or one JSON document when the server does not stream.
struct ChatAnswerReader {
  private enum Form { case unknown, events, document }

  private var form = Form.unknown
  private var events = EventStreamParser()
  private var document: [UInt8] = []
  private(set) var completion = ChatCompletion()
  /// The stream has said `[DONE]`; what follows is passed over.
  private(set) var isDone = false

  /// Returns the pieces of text that these bytes complete, none of them empty.
  mutating func receive(_ bytes: [UInt8]) throws(ModelError) -> [String] {
    if form == .unknown, let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) {
      // No line of an event stream that means anything starts with a brace.
      form = first == UInt8(ascii: "{") ? .document : .events
    }
    switch form {
    case .unknown: return []
    case .document:
      document += bytes
      return []
    case .events: return try receive(events: bytes)
    }
  }

  private mutating func receive(events bytes: [UInt8]) throws(ModelError) -> [String] {
    let received: [[UInt8]]
    do {
      received = try events.receive(bytes)
    } catch {
      throw ModelError(
        code: .malformedAnswer, message: "an event exceeds \(EventStreamParser.maximumEventBytes) bytes")
    }
    var pieces: [String] = []
    for event in received where !isDone {
      if event.elementsEqual("[DONE]".utf8) {
        isDone = true
      } else {
        let piece = try completion.receive(event)
        if !piece.isEmpty { pieces.append(piece) }
      }
    }
    return pieces
  }

  /// The body has ended: returns the text that is only known now, and throws unless the answer is whole.
  mutating func finish() throws(ModelError) -> String {
    let rest = form == .document ? try completion.receive(document) : ""
    guard form == .document || isDone || completion.finishReason != nil else {
      throw ModelError(code: .malformedAnswer, message: "the answer broke off before its end")
    }
    guard !completion.text.isEmpty || !completion.toolCalls.isEmpty else { throw .empty }
    return rest
  }
}
