/// Decoding of what people write by hand: what nobody reads, or what bounds nothing, is refused.

extension Decoder {
  /// Refuses the keys of this mapping that are none of these, and do not begin with `x-`: those are the writer's own, as for
  /// what several mappings take over.
  func refuseKeys(otherThan known: [String]) throws {
    for key in try container(keyedBy: AnyKey.self).allKeys
    where !known.contains(key.stringValue) && !key.stringValue.hasPrefix("x-") {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath + [key],
          debugDescription: "there is no such key; there are \(known.sorted().joined(separator: ", "))"))
    }
  }
}

extension CodingKey where Self: CaseIterable {
  static var names: [String] { allCases.map(\.stringValue) }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer {
  /// The number under a key, if there is one; within the bounds.
  func bounded<T: Decodable & Comparable>(_ key: Key, _ bounds: ClosedRange<T>) throws -> T? {
    guard let number = try decodeIfPresent(T.self, forKey: key) else { return nil }
    guard bounds.contains(number) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self,
        debugDescription: "\(number) is not within \(bounds.lowerBound) and \(bounds.upperBound)")
    }
    return number
  }
}

extension DecodingError {
  /// Where it is, as in `tenants.others[0].tenant`, and what, for people.
  ///
  /// - Parameter name: what the first keys of a path are called, and how many of them; nil for no other name.
  func words(_ name: ([any CodingKey]) -> (String, Int)?) -> String {
    let (path, what) = pathAndWords
    let (start, named) = name(path) ?? ("", 0)
    let rest = path.dropFirst(named).reduce("") { text, key in
      if let index = key.intValue { return "\(text)[\(index)]" }
      return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
    }
    let place = [start, rest].filter { !$0.isEmpty }.joined(separator: ", ")
    return place.isEmpty ? what : "\(place): \(what)"
  }

  private var pathAndWords: ([any CodingKey], String) {
    switch self {
    case .keyNotFound(let key, let context): (context.codingPath + [key], "is missing")
    case .typeMismatch(let type, let context): (context.codingPath, Self.words(type))
    case .valueNotFound(let type, let context): (context.codingPath, Self.words(type))
    case .dataCorrupted(let context):
      (context.codingPath, context.underlyingError.map { "\($0)" } ?? context.debugDescription)
    @unknown default: ([], "\(self)")
    }
  }

  private static func words(_ expected: Any.Type) -> String {
    switch expected {
    case is Int.Type: "is no whole number"
    case is Double.Type: "is no number"
    case is Bool.Type: "is neither true nor false"
    case is String.Type: "is no text"
    default: "does not have the form that it should have"
    }
  }
}
