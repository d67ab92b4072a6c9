/// The key type with which the standard library encodes dictionaries, found by encoding one: objects written
/// with it have no order of their own, and are sorted.
enum DictionaryKey {
  private static let identifier: ObjectIdentifier? = {
    let probe = Probe()
    try? ["": 0].encode(to: probe)
    return probe.identifier
  }()

  @inline(__always)
  static func isKey(_ type: any CodingKey.Type) -> Bool { ObjectIdentifier(type) == identifier }

  /// An encoder that notes the type of the keys.
  private final class Probe: Encoder {
    private let writer = JSONWriter()
    private(set) var identifier: ObjectIdentifier?

    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
      identifier = ObjectIdentifier(type)
      let depth = writer.depth
      let start = writer.open("{", UInt8(ascii: "}"))
      return KeyedEncodingContainer(KeyedEncoding<Key>(writer: writer, start: start, depth: depth))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
      let depth = writer.depth
      return UnkeyedEncoding(writer: writer, start: writer.open("[", UInt8(ascii: "]")), depth: depth)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
      JSONEncoding(writer: writer, start: writer.buffer.count, depth: writer.depth)
    }
  }
}
