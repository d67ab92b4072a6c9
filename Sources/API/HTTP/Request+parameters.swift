import Contracts
import HTTPTypes
import Hummingbird

extension APIContext {
  /// The id in the path; what is not a UUID names nothing.
  func id<Subject>(
    _ name: String, of what: String, as type: ID<Subject>.Type = ID<Subject>.self
  ) throws(Problem) -> ID<Subject> {
    guard let text = parameters.get(name), text.utf8.count == 36, let id = ID<Subject>(text) else {
      throw .notFound(what)
    }
    return id
  }
}

extension Request {
  /// A query parameter, percent-decoded; nil when it is absent or empty. One that is given twice says two things.
  func query(_ name: String) throws(Problem) -> String? {
    let values = uri.queryParameters[values: name[...]]
    guard values.count <= 1 else {
      throw Problem(.invalidParameter, "\(name) is given \(values.count) times, and may be given once")
    }
    guard let value = values.first, !value.isEmpty else { return nil }
    return String(value)
  }

  func integer(_ name: String, in range: ClosedRange<Int>, default: Int) throws(Problem) -> Int {
    guard let text = try query(name) else { return `default` }
    guard let value = Int(text), range.contains(value) else {
      throw Problem(
        .invalidParameter, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ type: Word.Type
  ) throws(Problem) -> Word? {
    try word(name, among: Array(type.allCases))
  }

  func word<Word: RawRepresentable<String>>(_ name: String, among words: [Word]) throws(Problem) -> Word? {
    guard let text = try query(name) else { return nil }
    guard let word = words.first(where: { $0.rawValue == text }) else {
      throw Problem(
        .invalidParameter, "\(name) must be one of \(words.map(\.rawValue).joined(separator: ", "))")
    }
    return word
  }

  /// The credentials of `Authorization: Bearer` (RFC 6750 §2.1).
  var bearer: String? {
    guard let header = headers[.authorization], header.count > 7, header.prefix(7).lowercased() == "bearer "
    else { return nil }
    return String(header.dropFirst(7))
  }
}
