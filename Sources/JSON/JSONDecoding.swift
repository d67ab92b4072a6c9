/// The decoder of one value. It is two words, so that `any Decoder` holds it without an allocation.
struct JSONDecoding: Decoder {
  let value: JSONValue

  var codingPath: [any CodingKey] { JSONPath.keys(to: value.node, in: value.document) }

  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(try KeyedDecoding<Key>(value))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try UnkeyedDecoding(value) }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension JSONDecoding: SingleValueDecodingContainer {
  func decodeNil() -> Bool { value.isNull }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value.decoded(as: type) }

  func decode(_ type: Bool.Type) throws -> Bool { try value.decodedBool() }
  func decode(_ type: String.Type) throws -> String { try value.decodedString() }
  func decode(_ type: Double.Type) throws -> Double { try value.decodedDouble() }
  func decode(_ type: Float.Type) throws -> Float { try value.decodedFloat() }
  func decode(_ type: Int.Type) throws -> Int { try value.decodedInteger() }
  func decode(_ type: Int8.Type) throws -> Int8 { try value.decodedInteger() }
  func decode(_ type: Int16.Type) throws -> Int16 { try value.decodedInteger() }
  func decode(_ type: Int32.Type) throws -> Int32 { try value.decodedInteger() }
  func decode(_ type: Int64.Type) throws -> Int64 { try value.decodedInteger() }
  func decode(_ type: UInt.Type) throws -> UInt { try value.decodedInteger() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try value.decodedInteger() }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try value.decodedInteger() }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try value.decodedInteger() }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try value.decodedInteger() }
}
