import Contracts
import JSON
import Testing

/// That Swift's types say what the schemas say. A golden event of the present form has every property of its schema,
/// and its schema no other, so what holds of it holds of the type.
@Suite struct AgreementTests {
  /// A part of a golden event with its schema and what Swift makes of it.
  struct Part: CustomStringConvertible {
    let description: String
    let value: Tree
    let schema: Tree
    /// Decodes and encodes again; throws where Swift refuses.
    let through: (Tree) throws -> Tree
  }

  /// Facts and private part of every golden event.
  static func parts(presentFormOnly: Bool = true) throws -> [Part] {
    var parts: [Part] = []
    for golden in try GoldenEvent.all where golden.isPresentForm || !presentFormOnly {
      try parts.append(contentsOf: Self.parts(of: golden, as: golden.spec))
    }
    return parts
  }

  private static func parts<Spec: EventSpec>(of golden: GoldenEvent, as spec: Spec.Type) throws -> [Part] {
    let schema = try Repository.tree("events", golden.schemaFile)
    var parts = [
      Part(
        description: "\(golden) facts",
        value: try #require(golden.facts),
        schema: try #require(schema["properties"]?["facts"]),
        through: { try through(Spec.Facts.self, $0) }
      )
    ]
    // An event that was written before its type had a private part has none.
    if Spec.Private.self != Nothing.self, golden.isPresentForm || golden.opened != nil {
      parts.append(
        Part(
          description: "\(golden) private",
          value: try #require(golden.opened),
          schema: try #require(schema["$defs"]?["private"]),
          through: { try through(Spec.Private.self, $0) }
        )
      )
    }
    return parts
  }

  private static func through<Value: Codable>(_ type: Value.Type, _ tree: Tree) throws -> Tree {
    try Tree(parsing: JSON.encode(JSON.decode(Value.self, from: tree.bytes)))
  }

  @Test func whatSwiftReadsFromAGoldenEventItWritesAgain() throws {
    for part in try Self.parts(presentFormOnly: false) {
      #expect(try part.through(part.value) == part.value, "\(part)")
    }
  }

  @Test func aGoldenEventHasThePropertiesOfItsSchemaAndNoOthers() throws {
    for part in try Self.parts() {
      #expect(Schema.paths(of: part.value) == Set(Schema.places(of: part.schema).map(\.path)), "\(part)")
    }
  }

  @Test func swiftRefusesAnEventWithoutAPropertyExactlyWhenItsSchemaRequiresIt() throws {
    for part in try Self.parts() {
      for place in Schema.places(of: part.schema) {
        guard let isRequired = place.isRequired else { continue }
        let without = part.value.replacing(place.path, with: nil)
        #expect(isAccepted(without, by: part, unchanged: true) == !isRequired, "\(part) \(place)")
      }
    }
  }

  @Test func swiftTakesAnotherKindOfValueExactlyWhenTheSchemaDoes() throws {
    let probes: [Tree] = [
      "a word", .string("A5C1AA18-652D-4024-A8C7-E16862DAA782"), "2026-11-22T18:00:00.000Z", .number(1.5),
      .number(-3), .bool(true), ["a word"], [.number(2)], [:], ["a": "b"],
    ]
    for part in try Self.parts() {
      for place in Schema.places(of: part.schema) where !["object", "array"].contains(place.schema["type"]) {
        for probe in probes {
          let value = part.value.replacing(place.path, with: probe)
          let isTaken = isAccepted(value, by: part, unchanged: false)
          #expect(isTaken == admits(probe, place.schema), "\(part) \(place): \(probe)")
        }
      }
    }
  }

  @Test func swiftKnowsEveryWordOfEveryEnumeration() throws {
    for part in try Self.parts() {
      for place in Schema.places(of: part.schema) {
        for word in place.schema["enum"]?.array ?? [] {
          let value = part.value.replacing(place.path, with: word)
          #expect(isAccepted(value, by: part, unchanged: true), "\(part) \(place): \(word)")
        }
      }
    }
  }

  @Test func everyEnumerationIsThatOfASwiftTypeWithNoWordLeftOut() throws {
    let known: Set<Set<String>> = [
      EveryCase.of(MessageKind.after), EveryCase.of(AttachmentKind.after), EveryCase.of(DeliveryStatus.after),
      EveryCase.of(ReplyKind.after), EveryCase.of(MessageClassified.Sentiment.self),
      EveryCase.of(MessageTemplate.Category.self),
      EveryCase.of(MessageTemplate.Button.Kind.self), EveryCase.of(ConsentScope.self),
      EveryCase.of(ConsentState.self), EveryCase.of(ConsentSource.self),
      EveryCase.of(WidgetSettings.Identity.self), EveryCase.of(WidgetSettings.Position.self),
      EveryCase.of(WidgetSettings.Scheme.self), EveryCase.of(WidgetSettings.Field.Name.self),
      EveryCase.of(SourceAdded.Kind.self),
    ]
    var met: Set<Set<String>> = []
    for part in try Self.parts() {
      for place in Schema.places(of: part.schema) {
        if let words = place.schema["enum"]?.strings { met.insert(words) }
      }
    }
    #expect(met == known)
  }

  private func isAccepted(_ value: Tree, by part: Part, unchanged: Bool) -> Bool {
    guard let written = try? part.through(value) else { return false }
    return !unchanged || written == value
  }

  /// Whether the schema's type, format and enumeration admit a scalar; bounds and patterns are for the writer.
  private func admits(_ value: Tree, _ schema: Tree) -> Bool {
    switch (schema["type"], value) {
    case ("string", .string(let text)):
      if let words = schema["enum"]?.strings { return words.contains(text) }
      switch schema["format"] {
      case "uuid": return text.count == 36
      case "date-time": return text.hasSuffix("Z")
      default: return true
      }
    case ("integer", .number(let number)): return number == number.rounded()
    case ("number", .number): return true
    case ("boolean", .bool): return true
    default: return false
    }
  }
}

/// The cases of an enum, each named by the one before: who adds a case is stopped by the compiler here.
private enum EveryCase {
  static func of<Case: RawRepresentable<String>>(_ after: @escaping (Case?) -> Case?) -> Set<String> {
    Set(
      sequence(state: Case?.none) { last in
        last = after(last)
        return last?.rawValue
      }
    )
  }

  static func of<Case: RawRepresentable<String> & CaseIterable>(_ type: Case.Type) -> Set<String> {
    Set(type.allCases.map(\.rawValue))
  }
}

extension MessageKind {
  fileprivate static func after(_ last: Self?) -> Self? {
    switch last {
    case nil: .text
    case .text: .attachment
    case .attachment: .location
    case .location: .contacts
    case .contacts: .order
    case .order: .unsupported
    case .unsupported: nil
    }
  }
}

extension AttachmentKind {
  fileprivate static func after(_ last: Self?) -> Self? {
    switch last {
    case nil: .image
    case .image: .document
    case .document: .audio
    case .audio: .voice
    case .voice: .video
    case .video: .sticker
    case .sticker: nil
    }
  }
}

extension DeliveryStatus {
  fileprivate static func after(_ last: Self?) -> Self? {
    switch last {
    case nil: .sent
    case .sent: .failed
    case .failed: .delivered
    case .delivered: .read
    case .read: nil
    }
  }
}

extension ReplyKind {
  fileprivate static func after(_ last: Self?) -> Self? {
    switch last {
    case nil: .model
    case .model: .extractive
    case .extractive: .fallback
    case .fallback: .template
    case .template: .greeting
    case .greeting: .handover
    case .handover: .outsideHours
    case .outsideHours: .cached
    case .cached: nil
    }
  }
}
