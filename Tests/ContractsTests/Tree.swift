import Foundation

/// A JSON value read and written by Foundation, so that nothing here rests on the codec that is tested.
enum Tree: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([Tree])
  case object([String: Tree])

  init(parsing data: some DataProtocol) throws {
    self = try JSONDecoder().decode(Tree.self, from: Data(data))
  }

  var bytes: [UInt8] { get throws { Array(try JSONEncoder().encode(self)) } }

  var string: String? { if case .string(let value) = self { value } else { nil } }
  var number: Double? { if case .number(let value) = self { value } else { nil } }
  var array: [Tree]? { if case .array(let value) = self { value } else { nil } }
  var object: [String: Tree]? { if case .object(let value) = self { value } else { nil } }
  var strings: Set<String> { Set((array ?? []).compactMap(\.string)) }

  subscript(key: String) -> Tree? { object?[key] }
}

extension Tree {
  /// A way down: members by their key, elements by their index.
  enum Step: Hashable, CustomStringConvertible {
    case key(String)
    case index(Int)
    var description: String {
      switch self {
      case .key(let key): key
      case .index(let index): String(index)
      }
    }
  }

  subscript(path: ArraySlice<Step>) -> Tree? {
    guard let step = path.first else { return self }
    switch (self, step) {
    case (.object(let members), .key(let key)): return members[key]?[path.dropFirst()]
    case (.array(let elements), .index(let index)) where elements.indices.contains(index):
      return elements[index][path.dropFirst()]
    default: return nil
    }
  }

  /// With what is at `path` replaced, or removed for nil.
  func replacing(_ path: ArraySlice<Step>, with new: Tree?) -> Tree {
    guard let step = path.first else { return new ?? .null }
    let rest = path.dropFirst()
    switch (self, step) {
    case (.object(var members), .key(let key)):
      members[key] = rest.isEmpty ? new : (members[key] ?? .object([:])).replacing(rest, with: new)
      return .object(members)
    case (.array(var elements), .index(let index)) where elements.indices.contains(index):
      if rest.isEmpty, new == nil {
        elements.remove(at: index)
      } else {
        elements[index] = elements[index].replacing(rest, with: new)
      }
      return .array(elements)
    default: return self
    }
  }

  func replacing(_ path: [Step], with new: Tree?) -> Tree { replacing(path[...], with: new) }
  subscript(path: [Step]) -> Tree? { self[path[...]] }
}

extension Tree: Codable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([Tree].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: Tree].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

extension Tree: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  init(stringLiteral value: String) { self = .string(value) }
  init(arrayLiteral elements: Tree...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, Tree)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }
}

extension Tree.Step: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  init(stringLiteral value: String) { self = .key(value) }
  init(integerLiteral value: Int) { self = .index(value) }
}
