import JSON

/// How a body is broken at random, with texts that matter to its channel thrown in.
struct Mutations {
  let junk: [String]

  /// One to four bytes or runs of bytes changed, removed, doubled, cut off, or junk put in.
  func broken(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let start = bytes.indices.randomElement(using: &random) ?? 0
      let end = min(bytes.count, start + Int.random(in: 1...30, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[start] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(start..<end)
      case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
      case 3: bytes.removeLast(bytes.count - start)
      default: bytes.insert(contentsOf: (junk.randomElement(using: &random) ?? "").utf8, at: start)
      }
    }
    return bytes
  }

  /// The text of a value in which about one value in fifteen is replaced, and members are dropped or doubled.
  func rewritten(_ value: JSONValue, _ random: inout Seeded) -> String {
    if Int.random(in: 0..<15, using: &random) == 0 {
      return junk.randomElement(using: &random) ?? "null"
    }
    if let members = value.object {
      let texts = members.flatMap { member in
        let copies = [0: 0, 1: 2][Int.random(in: 0..<10, using: &random)] ?? 1
        return (0..<copies).map { _ in #""\#(member.key)":"# + rewritten(member.value, &random) }
      }
      return "{" + texts.joined(separator: ",") + "}"
    }
    if let elements = value.array {
      return "[" + elements.map { rewritten($0, &random) }.joined(separator: ",") + "]"
    }
    return String(decoding: value.serialized(), as: UTF8.self)
  }
}
