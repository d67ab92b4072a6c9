import Contracts
import Crypto
import JSON
import Testing

@Suite struct GoldenTests {
  @Test func theHeadersOfEveryGoldenEventAreReadAndWrittenAgain() throws {
    for golden in try GoldenEvent.all {
      let event = try golden.event()
      let written = Dictionary(uniqueKeysWithValues: event.headers.map { ($0.name, $0.value) })
      #expect(written == golden.headers, "\(golden)")
      #expect(try event.type == golden.spec.type, "\(golden)")
      #expect(event.key.rawValue == golden.headers["ce_subject"], "\(golden)")
    }
  }

  @Test func theSealedPartOfEveryGoldenEventOpens() throws {
    for golden in try GoldenEvent.all { try expectToOpen(golden, as: golden.spec) }
  }

  @Test func aGoldenEventHasAKeyExactlyWhenItHasAPrivatePart() throws {
    for golden in try GoldenEvent.all {
      let parts = [golden.tree["value"]?["private"], golden.opened, golden.tree["sealing_key"]]
      #expect(Set(parts.map { $0 == nil }).count == 1, "\(golden)")
    }
  }

  @Test func aValueSealedNowHasTheFormOfTheGoldenOne() throws {
    for golden in try GoldenEvent.all where golden.isPresentForm && golden.opened != nil {
      try expectTheSameForm(golden, as: golden.spec)
    }
  }

  private func expectToOpen<Spec: EventSpec>(_ golden: GoldenEvent, as spec: Spec.Type) throws {
    let value = try Spec.read(golden.event())
    guard let opened = golden.opened else {
      #expect(value.private == nil, "\(golden)")
      return
    }
    let key = try golden.sealingKey()
    #expect(try value.keyID == key.id, "\(golden)")
    let content = try #require(try value.opened(with: key), "\(golden)")
    #expect(try Tree(parsing: JSON.encode(content)) == opened, "\(golden)")
  }

  private func expectTheSameForm<Spec: EventSpec>(_ golden: GoldenEvent, as spec: Spec.Type) throws {
    let old = try Spec.read(golden.event())
    let key = try golden.sealingKey()
    let bytes = try Spec.value(old.facts, private: old.opened(with: key), sealedWith: key)
    let new = try Tree(parsing: bytes)
    #expect(new["facts"] == golden.facts, "\(golden)")
    let sealed = try #require(new["private"]?.string)
    let header = sealed.prefix { $0 != "." }
    #expect(golden.tree["value"]?["private"]?.string?.hasPrefix(header) == true, "\(golden)")
  }
}
