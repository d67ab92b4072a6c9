import Contracts
import Testing

@Suite struct CatalogueTests {
  private let expected = EventCatalogue.specs.map { $0.schemaFile }.sorted()

  @Test func everyEventHasOneSchemaAndNoSchemaIsAnOrphan() throws {
    #expect(try Repository.files(in: "events") == expected)
  }

  @Test func everyEventHasAGoldenEventAndNoGoldenEventIsAnOrphan() throws {
    let golden = try GoldenEvent.all
    #expect(golden.filter(\.isPresentForm).map(\.file).sorted() == expected)
    #expect(Set(golden.map(\.schemaFile)) == Set(expected))
  }

  @Test func noTypeStandsTwiceInTheCatalogue() {
    #expect(Set(EventCatalogue.specs.map { $0.type }).count == EventCatalogue.specs.count)
  }

  @Test func everySchemaIsNamedAsTheHeaderOfItsEventsNamesIt() throws {
    for (file, schema) in try Repository.trees(in: "events") {
      #expect(schema["$id"] == .string("urn:aigentable:schemas/events/\(file)"))
      #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
      #expect(schema["title"]?.string != nil)
    }
  }

  @Test func everyPlaceOfEverySchemaIsDescribedAndEveryObjectIsClosed() throws {
    for (file, schema) in try Repository.trees(in: "events") {
      let places = Schema.places(of: schema) + Schema.places(of: schema["$defs"]?["private"] ?? [:])
      for place in places where place.schema != [:] {
        #expect(place.schema["description"]?.string?.isEmpty == false, "\(file) \(place)")
        guard place.schema["type"] == "object" else { continue }
        if place.schema["properties"] == nil {
          // A map: what its names are like is shown, and its values are places of their own.
          #expect(place.schema["propertyNames"]?["examples"]?.array?.isEmpty == false, "\(file) \(place)")
          #expect(place.schema["additionalProperties"]?["type"] != nil, "\(file) \(place)")
        } else {
          #expect(place.schema["additionalProperties"] == .bool(false), "\(file) \(place)")
        }
      }
    }
  }

  @Test func aSchemaHasAPrivatePartExactlyWhenItsEventHasOne() throws {
    for spec in EventCatalogue.specs {
      let schema = try Repository.tree("events", spec.schemaFile)
      let isPrivate = !hasNothing(spec)
      #expect((schema["properties"]?["private"] != nil) == isPrivate, "\(spec.type)")
      #expect((schema["$defs"]?["private"] != nil) == isPrivate, "\(spec.type)")
    }
  }

  private func hasNothing<Spec: EventSpec>(_ spec: Spec.Type) -> Bool { Spec.Private.self == Nothing.self }
}
