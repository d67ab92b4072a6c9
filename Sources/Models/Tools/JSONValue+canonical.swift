import JSON

extension JSONValue {
  /// A text that two values share when they are equal, and only then: numbers by value, objects whatever the order of
  /// their members. Objects name each member once.
  func canonical() -> [UInt8] {
    var text: [UInt8] = []
    writeCanonical(to: &text)
    return text
  }

  private func writeCanonical(to text: inout [UInt8]) {
    switch kind {
    case .null, .bool, .string: text += serialized()
    case .int, .double:
      guard let decimal else { return }
      text += Array("\(decimal.isNegative ? "-" : "")\(decimal.digits)e\(decimal.exponent)".utf8)
    case .array:
      text.append(UInt8(ascii: "["))
      for element in array ?? [] {
        element.writeCanonical(to: &text)
        text.append(UInt8(ascii: ","))
      }
      text.append(UInt8(ascii: "]"))
    case .object:
      text.append(UInt8(ascii: "{"))
      let members = (object ?? []).map { (name: Array($0.key.utf8), value: $0.value) }
      for member in members.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
        text += Array("\(member.name.count):".utf8) + member.name
        member.value.writeCanonical(to: &text)
        text.append(UInt8(ascii: ","))
      }
      text.append(UInt8(ascii: "}"))
    }
  }

  /// The first object, this one or one within, of which two members have one name: whoever reads it may take either.
  var withRepeatedMember: JSONValue? {
    let members = object
    if let members, Set(members.map { Array($0.key.utf8) }).count < members.count { return self }
    for value in members?.map(\.value) ?? array ?? [] {
      if let found = value.withRepeatedMember { return found }
    }
    return nil
  }

  var decimal: DecimalNumber? {
    switch kind {
    case .int: DecimalNumber(String(decoding: serialized(), as: UTF8.self))
    case .double: double.flatMap { DecimalNumber("\($0)") }
    default: nil
    }
  }
}
