/// The header of a message, unfolded, as far as it takes to count what servers wrote into it.
struct MailHeaderLines {
  /// What is beyond is not looked at.
  private static let maximumBytes = 256 << 10
  private var fields: [(name: String, value: String)] = []

  init(_ message: [UInt8]) {
    for line in message.prefix(Self.maximumBytes).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard let first = line.first else { return }
      if first == 0x20 || first == 0x09 {
        guard let last = fields.indices.last else { continue }
        fields[last].value += String(decoding: line, as: UTF8.self)
      } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
        fields.append(
          (
            String(decoding: line[..<colon], as: UTF8.self).lowercased(),
            String(decoding: line[colon...], as: UTF8.self)
          ))
      }
    }
  }

  /// - Parameter name: in lower case.
  func values(of name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

  func count(of name: String) -> Int { values(of: name).count }
}
