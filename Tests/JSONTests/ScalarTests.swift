import Foundation
import JSON
import Testing

/// One of each kind of scalar, as synthesised code codes them: by name, absent ones left out.
private struct Named: Codable, Equatable {
  var bool = true
  var string = "s"
  var double = 0.5
  var float = Float(0.25)
  var int = -1
  var int8 = Int8.min
  var int16 = Int16.min
  var int32 = Int32.min
  var int64 = Int64.min
  var uint = UInt(1)
  var uint8 = UInt8.max
  var uint16 = UInt16.max
  var uint32 = UInt32.max
  var uint64 = UInt64.max

  static let text =
    #"{"bool":true,"string":"s","double":0.5,"float":0.25,"int":-1,"int8":-128,"int16":-32768,"#
    + #""int32":-2147483648,"int64":-9223372036854775808,"uint":1,"uint8":255,"uint16":65535,"#
    + #""uint32":4294967295,"uint64":18446744073709551615}"#
}

private struct Perhaps: Codable, Equatable {
  var bool: Bool?
  var string: String?
  var double: Double?
  var float: Float?
  var int: Int?
  var int8: Int8?
  var int16: Int16?
  var int32: Int32?
  var int64: Int64?
  var uint: UInt?
  var uint8: UInt8?
  var uint16: UInt16?
  var uint32: UInt32?
  var uint64: UInt64?
}

/// The same in an array, one after the other.
private struct InARow: Codable, Equatable {
  var named = Named()

  init() {}

  func encode(to encoder: any Encoder) throws {
    var row = encoder.unkeyedContainer()
    try row.encode(named.bool)
    try row.encode(named.string)
    try row.encode(named.double)
    try row.encode(named.float)
    try row.encode(named.int)
    try row.encode(named.int8)
    try row.encode(named.int16)
    try row.encode(named.int32)
    try row.encode(named.int64)
    try row.encode(named.uint)
    try row.encode(named.uint8)
    try row.encode(named.uint16)
    try row.encode(named.uint32)
    try row.encode(named.uint64)
    try row.encodeNil()
    #expect(row.count == 15)
  }

  init(from decoder: any Decoder) throws {
    var row = try decoder.unkeyedContainer()
    #expect(row.count == 15 && row.currentIndex == 0)
    named.bool = try row.decode(Bool.self)
    named.string = try row.decode(String.self)
    named.double = try row.decode(Double.self)
    named.float = try row.decode(Float.self)
    named.int = try row.decode(Int.self)
    named.int8 = try row.decode(Int8.self)
    named.int16 = try row.decode(Int16.self)
    named.int32 = try row.decode(Int32.self)
    named.int64 = try row.decode(Int64.self)
    named.uint = try row.decode(UInt.self)
    named.uint8 = try row.decode(UInt8.self)
    named.uint16 = try row.decode(UInt16.self)
    named.uint32 = try row.decode(UInt32.self)
    named.uint64 = try row.decode(UInt64.self)
    #expect(try !row.isAtEnd && row.decodeNil())
    #expect(try row.isAtEnd && !row.decodeNil())
    _ = try row.decode(Int.self)
  }
}

/// A value that is nothing but a scalar.
private enum Alone: Encodable, CaseIterable {
  case bool, string, double, float, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, null

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .bool: try value.encode(Named().bool)
    case .string: try value.encode(Named().string)
    case .double: try value.encode(Named().double)
    case .float: try value.encode(Named().float)
    case .int: try value.encode(Named().int)
    case .int8: try value.encode(Named().int8)
    case .int16: try value.encode(Named().int16)
    case .int32: try value.encode(Named().int32)
    case .int64: try value.encode(Named().int64)
    case .uint: try value.encode(Named().uint)
    case .uint8: try value.encode(Named().uint8)
    case .uint16: try value.encode(Named().uint16)
    case .uint32: try value.encode(Named().uint32)
    case .uint64: try value.encode(Named().uint64)
    case .null: try value.encodeNil()
    }
  }
}

private enum Word: String, CodingKey { case first, second }

/// Containers within containers, of each kind in each, written and read by hand.
private struct Nested: Codable {
  init() {}

  func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Word.self)
    try object.encodeNil(forKey: .first)
    var list = object.nestedUnkeyedContainer(forKey: .second)
    var inner = list.nestedContainer(keyedBy: Word.self)
    try inner.encode(1, forKey: .first)
    var innermost = list.nestedUnkeyedContainer()
    try innermost.encode(2)
    try "three".encode(to: list.superEncoder())
  }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Word.self)
    #expect(object.allKeys == [.first, .second] && object.codingPath.isEmpty)
    #expect(try object.contains(.first) && object.decodeNil(forKey: .first))
    var list = try object.nestedUnkeyedContainer(forKey: .second)
    #expect(list.codingPath.map(\.stringValue) == ["second"])
    #expect(try list.nestedContainer(keyedBy: Word.self).decode(Int.self, forKey: .first) == 1)
    var innermost = try list.nestedUnkeyedContainer()
    #expect(try innermost.decode(Int.self) == 2)
    #expect(try String(from: list.superDecoder()) == "three")
    #expect(try [JSONValue](from: object.superDecoder(forKey: .second)).count == 3)
    _ = try object.superDecoder()
  }
}

private struct Refusing: Codable {
  init() {}
  init(from decoder: any Decoder) throws {
    throw DecodingError.dataCorrupted(.init(codingPath: [Word.first], debugDescription: "not like this"))
  }
  func encode(to encoder: any Encoder) throws {
    throw EncodingError.invalidValue(1, .init(codingPath: [Word.second], debugDescription: "nor like this"))
  }
}

@Suite struct ScalarTests {
  private func text(_ value: some Encodable) throws -> String {
    String(decoding: try JSON.encode(value), as: UTF8.self)
  }

  @Test func everyScalarIsWrittenAndReadByName() throws {
    #expect(try text(Named()) == Named.text)
    #expect(try JSON.decode(Named.self, from: Array(Named.text.utf8)) == Named())
  }

  @Test func everyScalarMayBeAbsentOrNull() throws {
    let all = try JSON.decode(Perhaps.self, from: Array(Named.text.utf8))
    #expect(try text(all) == Named.text)
    #expect(try JSON.decode(Perhaps.self, from: Array("{}".utf8)) == Perhaps())
    let nulls = Named.text.replacing(/:[^,}]+/, with: ":null")
    #expect(try JSON.decode(Perhaps.self, from: Array(nulls.utf8)) == Perhaps())
    #expect(try text(Perhaps()) == "{}")
  }

  /// Reading past the last one says which is missing.
  @Test func everyScalarIsWrittenAndReadInARow() throws {
    let values = Named.text.dropFirst().dropLast().replacing(/"[a-z0-9]+":/, with: "")
    let row = try text(InARow())
    #expect(row == "[\(values),null]")
    let error = #expect(throws: JSONError.self) { try JSON.decode(InARow.self, from: Array(row.utf8)) }
    #expect(error?.code == .missingKey && error?.message == "no element 15")
  }

  @Test func everyScalarMayStandAlone() throws {
    let values = Named.text.dropFirst().dropLast().replacing(/"[a-z0-9]+":/, with: "").split(separator: ",")
    #expect(try Alone.allCases.map { try text($0) } == values.map(String.init) + ["null"])
  }

  @Test(arguments: ["int8", "int16", "int32", "uint", "uint8", "uint16", "uint32"])
  func aNumberThatDoesNotFitIsRefusedByItsName(_ name: String) throws {
    let other = Named.text.replacing(try Regex("\"\(name)\":[^,}]+"), with: "\"\(name)\":-9000000000")
    let error = #expect(throws: JSONError.self) { try JSON.decode(Named.self, from: Array(other.utf8)) }
    #expect(error?.code == .valueNotRepresentable && error?.path == "$.\(name)")
  }

  @Test func containersNestInContainersOfEitherKind() throws {
    let written = try text(Nested())
    #expect(written == #"{"first":null,"second":[{"first":1},[2],"three"]}"#)
    // It asks for a member `super` in the end.
    let error = #expect(throws: JSONError.self) { try JSON.decode(Nested.self, from: Array(written.utf8)) }
    #expect(error?.code == .missingKey && error?.message == "no member super")
  }

  @Test func whatATypesOwnCodingThrowsKeepsItsPlace() {
    let read = #expect(throws: JSONError.self) { try JSON.decode(Refusing.self, from: Array("1".utf8)) }
    #expect(read?.description == "json refused $.first: not like this" && read?.isRetriable == false)
    let written = #expect(throws: JSONError.self) { try JSON.encode(Refusing()) }
    #expect(written?.description == "json refused $.second: nor like this")
  }

  @Test func aRawValueIsCodedByThisCoderAlone() throws {
    let value = try JSONValue(parsing: Array("[1]".utf8))
    #expect(throws: JSONError.self) { try JSONEncoder().encode(value) }
    #expect(throws: JSONError.self) { try JSONDecoder().decode(JSONValue.self, from: Data("[1]".utf8)) }
  }
}
