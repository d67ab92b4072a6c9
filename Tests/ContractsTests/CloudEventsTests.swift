import Contracts
import Foundation
import Testing

@Suite struct CloudEventsTests {
  private static let full = Event(
    id: EventID(UUID.version7()),
    type: "message.received",
    topic: .conversations,
    key: StreamID("stream"),
    tenant: TenantID(UUID.version7()),
    time: Date(timeIntervalSince1970: 1_795_370_400.123),
    source: "/stages/normalize",
    causation: EventID(UUID.version7()),
    correlation: EventID(UUID.version7()),
    traceparent: "00-eafe895eb8119e6e5d06463590b2ef81-816689ff150e095c-01",
    value: Array(#"{"facts":{}}"#.utf8)
  )

  @Test func anEventIsReadBackFromItsHeaders() throws {
    #expect(try read(headers(Self.full)) == Self.full)
  }

  @Test func anEventWithoutItsOptionalAttributesIsReadBackFromItsHeaders() throws {
    let event = Event(
      id: Self.full.id,
      type: Self.full.type,
      topic: .conversations,
      key: StreamID("stream"),
      tenant: Self.full.tenant,
      time: Self.full.time,
      source: "/api",
      value: Self.full.value
    )
    let headers = headers(event)
    #expect(Set(headers.keys).isDisjoint(with: ["ce_causationid", "ce_correlationid", "traceparent"]))
    #expect(try read(headers) == event)
  }

  @Test func everyHeaderIsNamedOnce() {
    #expect(Set(Self.full.headers.map(\.name)).count == Self.full.headers.count)
  }

  @Test func theHeadersOfAnEventAreThoseOfTheSpecification() {
    let headers = headers(Self.full)
    #expect(headers["ce_specversion"] == "1.0")
    #expect(headers["ce_subject"] == "stream")
    #expect(headers["ce_time"] == "2026-11-22T18:00:00.123Z")
    #expect(headers["ce_dataschema"] == "urn:aigentable:schemas/events/conversations/message.received.json")
    #expect(headers["content-type"] == "application/json")
  }

  @Test func everyMillisecondSurvivesTheHeaders() throws {
    for millisecond in Int64(1_795_370_400_000)..<1_795_370_402_000 {
      let time = Date(microseconds: millisecond * 1_000)
      var headers = headers(Self.full)
      let digits = String(millisecond % 1_000 + 1_000).dropFirst()
      headers["ce_time"] = "2026-11-22T18:00:0\(millisecond / 1_000 % 10).\(digits)Z"
      let event = try read(headers)
      try #require(event.time.microseconds == time.microseconds)
      try #require(self.headers(event)["ce_time"] == headers["ce_time"])
    }
  }

  @Test func truncatingATimeTwiceChangesNothingMore() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(seed: seed)
    for _ in 0..<20_000 {
      let microseconds = Int64.random(in: 0...4_000_000_000_000_000, using: &random)
      let once = Date(microseconds: microseconds).truncatedToMilliseconds
      try #require(once.microseconds == microseconds / 1_000 * 1_000, "seed \(seed)")
      try #require(once.truncatedToMilliseconds == once, "seed \(seed)")
    }
  }

  @Test(arguments: ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_tenant"])
  func aMissingHeaderIsNamed(name: String) {
    var headers = headers(Self.full)
    headers[name] = nil
    #expect(throws: EventError.malformedHeader("\(name) is missing")) { try read(headers) }
  }

  @Test(arguments: [
    ("ce_specversion", "0.3", "ce_specversion is not 1.0"), ("ce_id", "17", "ce_id is not a uuid"),
    ("ce_tenant", "", "ce_tenant is not a uuid"), ("ce_causationid", "x", "ce_causationid is not a uuid"),
    ("ce_correlationid", "x", "ce_correlationid is not a uuid"),
    ("ce_time", "yesterday", "ce_time is not an RFC 3339 time with milliseconds"),
    ("ce_time", "", "ce_time is not an RFC 3339 time with milliseconds"),
    ("ce_time", "2026-13-22T18:00:00.123Z", "ce_time is not an RFC 3339 time with milliseconds"),
    ("ce_time", "2026-02-30T18:00:00.123Z", "ce_time is not an RFC 3339 time with milliseconds"),
    ("ce_time", "2026-11-22T25:00:00.123Z", "ce_time is not an RFC 3339 time with milliseconds"),
    ("ce_time", "2026-11-22T18:00:00.123Z; drop", "ce_time is not an RFC 3339 time with milliseconds"),
  ])
  func anUnreadableHeaderIsNamed(name: String, value: String, expected: String) {
    var headers = headers(Self.full)
    headers[name] = value
    #expect(throws: EventError.malformedHeader(expected)) { try read(headers) }
  }

  private func headers(_ event: Event) -> [String: String] {
    Dictionary(event.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  private func read(_ headers: [String: String]) throws -> Event {
    try Event(topic: .conversations, key: "stream", headers: headers, value: Self.full.value)
  }
}
