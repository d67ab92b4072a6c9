/// Response headers in the order received, looked up without regard to case (RFC 9110, section 5.1).
package struct HTTPHeaders: Sendable, Equatable {
  package struct Field: Sendable, Equatable {
    package let name: String
    package var value: String
  }

  package private(set) var fields: [Field] = []

  package init(_ fields: [(String, String)] = []) {
    self.fields = fields.map { Field(name: $0.0, value: $0.1) }
  }

  /// The value of the first field of this name.
  package subscript(name: String) -> String? {
    fields.first { $0.name.equalsIgnoringASCIICase(name) }?.value
  }

  mutating func append(name: String, value: String) {
    fields.append(Field(name: name, value: value))
  }

  /// Joins an obsolete folded line (RFC 9112, section 5.2) to the field before it.
  mutating func fold(_ continuation: String) {
    guard let last = fields.indices.last else { return }
    fields[last].value += " " + continuation
  }
}

extension String {
  func equalsIgnoringASCIICase(_ other: String) -> Bool {
    utf8.elementsEqual(other.utf8) { asciiLowercased($0) == asciiLowercased($1) }
  }
}

private func asciiLowercased(_ byte: UInt8) -> UInt8 {
  (65...90).contains(byte) ? byte | 0x20 : byte
}
