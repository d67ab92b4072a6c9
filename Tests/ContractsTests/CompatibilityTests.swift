import Testing

@Suite struct CompatibilityTests {
  private static let received = "conversations/message.received.json"
  private static let generated = "conversations/reply.generated.json"

  @Test func thePresentSchemasMayFollowTheReleasedOnes() throws {
    let released = try Repository.trees(in: "released")
    #expect(!released.isEmpty)
    #expect(Compatibility.faults(released: released, present: try Repository.trees(in: "events")) == [])
  }

  @Test func anEventMayBeAdded() throws {
    var present = try Repository.trees(in: "events")
    let released = present
    present["conversations/message.weighed.json"] = present[Self.received]
    #expect(Compatibility.faults(released: released, present: present) == [])
  }

  @Test(arguments: [received, "inbound/webhook.received.json"])
  func anEventMayNotBeRemoved(file: String) throws {
    var present = try Repository.trees(in: "events")
    let released = present
    present[file] = nil
    expect(released, present, file, "", .eventRemoved)
  }

  @Test func aTopicMayNotBeRemoved() throws {
    let released = try Repository.trees(in: "events")
    let present = released.filter { !$0.key.hasPrefix("agents/") }
    let faults = Compatibility.faults(released: released, present: present)
    let gone = released.count - present.count
    #expect(gone > 0)
    #expect(faults.map(\.change) == Array(repeating: .eventRemoved, count: gone))
  }

  @Test func anEventMayNotMoveToAnotherTopic() throws {
    var present = try Repository.trees(in: "events")
    let released = present
    present["inbound/message.received.json"] = present.removeValue(forKey: Self.received)
    expect(released, present, Self.received, "", .eventRemoved)
  }

  @Test(arguments: [
    Planted("a field may be added", facts + ["width"], ["type": "integer"]),
    Planted("a field of the private part may be added", secret + ["subject"], ["type": "string"]),
    Planted("a word may be added", facts + ["kind", "enum"], words("text", "game")),
    Planted(
      "words may become a pattern that all match",
      facts + ["kind"],
      ["type": "string", "pattern": "^[a-z]+$"]
    ),
    Planted("a text may be corrected", ["description"], "A contact wrote to us."),
    Planted("a bound may be widened", facts + ["bytes", "minimum"], .number(-1)),
    Planted("a bound may be lifted", facts + ["bytes", "minimum"], nil),
  ])
  func thisMayChange(planted: Planted) throws {
    #expect(try faults(of: planted) == [])
  }

  @Test(
    arguments: [
      (Planted("removed", facts + ["bytes"], nil), "facts.bytes", .fieldRemoved),
      (Planted("retyped", facts + ["bytes", "type"], "string"), "facts.bytes", .retyped),
      (Planted("widened to a number", facts + ["bytes", "type"], "number"), "facts.bytes", .retyped),
      (Planted("type dropped", facts + ["bytes", "type"], nil), "facts.bytes", .retyped),
      (Planted("format changed", facts + ["contact", "format"], "uri"), "facts.contact", .formatChanged),
      (Planted("format dropped", facts + ["contact", "format"], nil), "facts.contact", .formatChanged),
      (
        Planted("pattern changed", facts + ["provider_hmac", "pattern"], "^.$"), "facts.provider_hmac",
        .patternChanged
      ),
      (Planted("word removed", facts + ["kind", "enum"], ["text"]), "facts.kind", .wordRemoved),
      (
        Planted("no word fits", facts + ["kind"], ["type": "string", "pattern": "^[A-Z]$"]), "facts.kind",
        .wordRemoved
      ),
      (
        Planted("word renamed", facts + ["kind", "enum"], words("words")), "facts.kind",
        .wordRemoved
      ),
      (Planted("words listed", secret + ["raw", "enum"], ["{}"]), "private.raw", .narrowed),
      (Planted("bound raised", facts + ["bytes", "minimum"], .number(1)), "facts.bytes", .narrowed),
      (Planted("bound added", secret + ["raw", "maxLength"], .number(9)), "private.raw", .narrowed),
      (Planted("private field removed", secret + ["raw"], nil), "private.raw", .fieldRemoved),
      (Planted("private part's description removed", ["$defs", "private"], nil), "private", .retyped),
      (Planted("private part removed", ["properties", "private"], nil), "private", .fieldRemoved),
      (Planted("facts removed", ["properties", "facts"], nil), "facts", .fieldRemoved),
      (Planted("private part made required", ["required"], ["facts", "private"]), "private", .madeRequired),
    ] as [(Planted, String, Incompatibility.Change)]
  )
  func thisMayNotChange(planted: Planted, path: String, change: Incompatibility.Change) throws {
    #expect(try faults(of: planted) == [Incompatibility(file: Self.received, path: path, change: change)])
  }

  @Test func aFieldMayNotBeRenamed() throws {
    let bytes = Self.facts + ["bytes"]
    let faults = try faults {
      $0.replacing(Self.facts + ["length"], with: $0[bytes]).replacing(bytes, with: nil)
    }
    #expect(faults == [Incompatibility(file: Self.received, path: "facts.bytes", change: .fieldRemoved)])
  }

  @Test func aFieldMayNotBecomeRequired() throws {
    let faults = try faults { require($0, "provider_time") }
    #expect(
      faults == [Incompatibility(file: Self.received, path: "facts.provider_time", change: .madeRequired)]
    )
  }

  @Test func aFieldMayNotBecomeOptional() throws {
    let required: [Tree.Step] = ["properties", "facts", "required"]
    let faults = try faults {
      $0.replacing(required, with: .array($0[required]?.array?.filter { $0 != "bytes" } ?? []))
    }
    #expect(faults == [Incompatibility(file: Self.received, path: "facts.bytes", change: .madeOptional)])
  }

  @Test func aFieldMayNotBeAddedAsRequired() throws {
    let faults = try faults {
      require($0.replacing(Self.facts + ["width"], with: ["type": "integer"]), "width")
    }
    #expect(
      faults == [Incompatibility(file: Self.received, path: "facts.width", change: .requiredFieldAdded)]
    )
  }

  @Test(
    arguments: [
      (["passages", "items", "properties", "score"], nil, "facts.passages.[].score", .fieldRemoved),
      (["passages", "items"], nil, "facts.passages.[]", .retyped),
      (["answers", "items", "format"], nil, "facts.answers.[]", .formatChanged),
      (["known", "properties", "agents", "type"], "string", "facts.known.agents", .retyped),
    ] as [([Tree.Step], Tree?, String, Incompatibility.Change)]
  )
  func nestedFieldsAreHeldToTheSame(
    below: [Tree.Step],
    value: Tree?,
    path: String,
    change: Incompatibility.Change
  ) throws {
    var present = try Repository.trees(in: "events")
    let released = present
    present[Self.generated] = present[Self.generated]?.replacing(Self.facts + below, with: value)
    expect(released, present, Self.generated, path, change)
  }

  @Test(
    arguments: [
      (["properties", "greeting"], nil, "greeting", .fieldRemoved),
      (["properties", "texts", "properties", "failure", "type"], "integer", "texts.failure", .retyped),
      (
        ["properties", "escalation", "additionalProperties", "maxLength"], .number(9), "escalation.*",
        .narrowed
      ),
      (["properties", "escalation", "additionalProperties"], .bool(false), "escalation.*", .retyped),
    ] as [([Tree.Step], Tree?, String, Incompatibility.Change)]
  )
  func theMembersOfAMapAreHeldToTheSame(
    below: [Tree.Step], value: Tree?, path: String, change: Incompatibility.Change
  ) throws {
    let file = "agents/agent.changed.json"
    var present = try Repository.trees(in: "events")
    let released = present
    let map: [Tree.Step] = ["definition", "properties", "translations", "additionalProperties"]
    present[file] = present[file]?.replacing(Self.facts + map + below, with: value)
    expect(released, present, file, "facts.definition.translations.*.\(path)", change)
  }

  // MARK: Planting

  /// The kinds of messages, with others in the place of `text`.
  private static func words(_ others: Tree...) -> Tree {
    .array(others + ["unsupported", "attachment", "location", "contacts", "order"])
  }

  private static let facts: [Tree.Step] = ["properties", "facts", "properties"]
  private static let secret: [Tree.Step] = ["$defs", "private", "properties"]

  /// A change of one place of `message.received`.
  struct Planted: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let path: [Tree.Step]
    let value: Tree?
    init(_ name: String, _ path: [Tree.Step], _ value: Tree?) {
      testDescription = name
      self.path = path
      self.value = value
    }
  }

  private func faults(of planted: Planted) throws -> [Incompatibility] {
    try faults { $0.replacing(planted.path, with: planted.value) }
  }

  private func faults(_ change: (Tree) -> Tree) throws -> [Incompatibility] {
    let released = try Repository.trees(in: "events")
    var present = released
    let old = try #require(released[Self.received])
    let new = change(old)
    #expect(new != old, "nothing was planted")
    present[Self.received] = new
    return Compatibility.faults(released: released, present: present)
  }

  private func require(_ schema: Tree, _ name: String) -> Tree {
    let required: [Tree.Step] = ["properties", "facts", "required"]
    return schema.replacing(required, with: .array((schema[required]?.array ?? []) + [.string(name)]))
  }

  private func expect(
    _ released: [String: Tree],
    _ present: [String: Tree],
    _ file: String,
    _ path: String,
    _ change: Incompatibility.Change
  ) {
    let faults = Compatibility.faults(released: released, present: present)
    #expect(faults == [Incompatibility(file: file, path: path, change: change)])
  }
}
