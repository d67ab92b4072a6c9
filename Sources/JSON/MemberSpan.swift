/// Where a member of an object lies in the text, and its key, for sorting.
struct MemberSpan {
  /// The opening quote of the key.
  let start: Int
  /// The closing quote of the key.
  let keyEnd: Int

  /// Sorts the members that end the text by the bytes of their keys, as escaped.
  static func sort(_ members: ArraySlice<MemberSpan>, in buffer: inout ByteBuffer) {
    guard let first = members.first?.start, members.count > 1 else { return }
    let text = buffer.array[first...]
    func key(_ member: MemberSpan) -> ArraySlice<UInt8> { text[member.start..<member.keyEnd] }
    // Up to the next member lie this one and a comma.
    let ends = members.dropFirst().map { $0.start - 1 } + [buffer.count]
    let sorted = zip(members, ends).sorted { key($0.0).lexicographicallyPrecedes(key($1.0)) }
    buffer.truncate(to: first)
    for (index, (member, end)) in sorted.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      text[member.start..<end].withUnsafeBufferPointer { buffer.append($0) }
    }
  }
}
