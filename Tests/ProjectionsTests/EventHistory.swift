import Contracts
import Foundation
import TestKit

/// A made-up history in which everything happens that our stages can write: answers, silence, failures,
/// people, statuses that come early, twice, or in the wrong order, and documents and agents in all their
/// states.
enum EventHistory {
  static let start = 1_772_000_000.0

  struct Writer {
    var events: [Event] = []
    var clock = EventHistory.start
    var random: LogRandom

    mutating func id<S>(_: ID<S>.Type) -> ID<S> {
      ID(.version7(at: Date(timeIntervalSince1970: clock), using: &random))
    }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    mutating func pick<E>(_ values: [E]) -> E { values[Int.random(in: 0..<values.count, using: &random)] }

    mutating func add<Spec: EventSpec, Key>(
      _: Spec.Type,
      _ key: ID<Key>,
      _ tenant: TenantID,
      _ facts: Spec.Facts,
      _ content: Spec.Private? = nil
    ) throws {
      clock += Double.random(in: 0...900, using: &random)
      let value = try Spec.value(facts, private: content, sealedWith: TestKeys.contact)
      events.append(
        Event(
          id: id(EventID.self),
          type: Spec.type,
          topic: Spec.topic,
          key: StreamID(key),
          tenant: tenant,
          time: Date(timeIntervalSince1970: clock),
          source: "/tests",
          value: value
        )
      )
    }
  }

  struct Talk {
    let id: ConversationID
    let tenant: TenantID
    let contact: ContactID
    let connection: ConnectionID
    let channel: Channel
    /// Ids of our own messages that the provider may still talk about.
    var sent: [String] = []
  }

  static func make(exchanges: Int, _ random: inout LogRandom) throws -> [Event] {
    var writer = Writer(random: LogRandom(seed: random.next()))
    let tenants = (0..<3).map { _ in writer.id(TenantID.self) }
    let agent = writer.id(AgentID.self)
    var talks: [Talk] = []
    try addAgent(agent, tenants[0], &writer)
    for number in 0..<exchanges {
      if talks.isEmpty || writer.chance(15) { talks.append(try open(writer.pick(tenants), number, &writer)) }
      if writer.chance(10) { try addDocument(writer.pick(tenants), &writer) }
      if number.isMultiple(of: 9) { try addNotice(writer.pick(tenants), number, &writer) }
      let index = Int.random(in: 0..<talks.count, using: &writer.random)
      try exchange(&talks[index], agent, number, &writer)
    }
    return writer.events
  }

  private static func addNotice(_ tenant: TenantID, _ number: Int, _ writer: inout Writer) throws {
    let connection: ConnectionID = ID(tenant.uuid)
    try writer.add(
      ConnectionNotified.self, connection, tenant,
      .init(
        connection: connection, channel: .email, kind: writer.pick(["auto-reply", "bounce", "bulk"]),
        providerTime: nil, providerHMAC: "notice-\(number)",
        replyHMAC: writer.chance(50) ? "in-\(number)" : nil),
      .init(raw: "{}"))
  }

  private static func open(_ tenant: TenantID, _ number: Int, _ writer: inout Writer) throws -> Talk {
    let talk = Talk(
      id: writer.id(ConversationID.self),
      tenant: tenant,
      contact: writer.id(ContactID.self),
      connection: ID(tenant.uuid),
      channel: writer.pick([Channel.whatsapp, .telegram, .webchat])
    )
    try writer.add(
      ConversationOpened.self,
      talk.id,
      tenant,
      .init(
        conversation: talk.id,
        contact: talk.contact,
        connection: talk.connection,
        channel: talk.channel,
        addressHMAC: "address-\(number)"
      ),
      .init(address: "+49151\(number)", name: writer.chance(50) ? "Ada \u{0} \"Null\"" : nil)
    )
    return talk
  }

  private static func exchange(
    _ talk: inout Talk,
    _ agent: AgentID,
    _ number: Int,
    _ writer: inout Writer
  ) throws {
    let known = KnownOffsets(agents: .zero, tenants: .zero)
    var asked: [MessageID] = []
    for part in 0...Int.random(in: 0...2, using: &writer.random) {
      let message = writer.id(MessageID.self)
      asked.append(message)
      try writer.add(
        MessageReceived.self,
        talk.id,
        talk.tenant,
        .init(
          message: message,
          conversation: talk.id,
          contact: talk.contact,
          connection: talk.connection,
          channel: talk.channel,
          kind: .text,
          providerHMAC: "in-\(number)-\(part)",
          providerTime: nil,
          bytes: 4,
          replyHMAC: talk.sent.isEmpty || !writer.chance(30) ? nil : writer.pick(talk.sent)
        ),
        .init(
          text: String(repeating: "frage \(number) ", count: 30),
          quoted: number.isMultiple(of: 3) ? "> antwort \(number)" : nil, providerID: "id-\(number)")
      )
      try classify(message, talk, &writer)
    }
    if writer.chance(20) { try changeState(talk, &writer) }
    if writer.chance(40) { try changeMessages(&talk, number, &writer) }
    let message = writer.id(MessageID.self)
    switch Int.random(in: 0..<10, using: &writer.random) {
    case 0:
      try writer.add(
        ReplySkipped.self,
        talk.id,
        talk.tenant,
        .init(conversation: talk.id, answers: asked, reason: "handed-over", known: known)
      )
    case 1:
      try writer.add(
        ReplyFailed.self,
        talk.id,
        talk.tenant,
        .init(
          conversation: talk.id,
          answers: asked,
          agent: agent,
          agentVersion: 1,
          reason: "timeout",
          attempts: 3,
          known: known
        )
      )
    case 2:
      try writer.add(
        MessageComposed.self,
        talk.id,
        talk.tenant,
        .init(conversation: talk.id, message: message, bytes: 3),
        .init(text: "hi!")
      )
      try deliver(&talk, message, number, &writer)
    default:
      let isModel = writer.chance(80)
      try writer.add(
        ReplyGenerated.self,
        talk.id,
        talk.tenant,
        .init(
          conversation: talk.id,
          message: message,
          answers: asked,
          agent: agent,
          agentVersion: 1,
          kind: isModel ? .model : .fallback,
          model: isModel ? "gpt-x" : nil,
          finishReason: "stop",
          promptTokens: isModel ? number : nil,
          completionTokens: isModel ? 7 : nil,
          firstTokenMilliseconds: 1.5,
          milliseconds: Double.random(in: 0...90_000, using: &writer.random),
          attempts: 1,
          indexVersion: 3,
          passages: [],
          bytes: 2,
          known: known
        ),
        .init(text: "ja \(number)")
      )
      try deliver(&talk, message, number, &writer)
    }
  }

  /// Once, or again because it was edited.
  private static func classify(_ message: MessageID, _ talk: Talk, _ writer: inout Writer) throws {
    for _ in 0..<(writer.chance(20) ? 2 : 1) {
      let intent = writer.pick([nil, "return", "cancel"])
      try writer.add(
        MessageClassified.self,
        talk.id,
        talk.tenant,
        .init(
          conversation: talk.id,
          message: message,
          connection: talk.connection,
          channel: talk.channel,
          language: writer.pick(["de", "en", "und"]),
          sentiment: writer.pick(MessageClassified.Sentiment.allCases),
          sentimentScore: Double.random(in: -1...1, using: &writer.random),
          intent: intent,
          confidence: intent == nil ? nil : 0.75,
          outOfScope: intent == nil ? nil : false,
          modelRevision: intent == nil ? nil : 2,
          classifier: 1,
          known: KnownOffsets(agents: .zero, tenants: .zero)
        )
      )
    }
  }

  private static func deliver(
    _ talk: inout Talk,
    _ message: MessageID,
    _ number: Int,
    _ writer: inout Writer
  ) throws {
    let hmac = "out-\(number)"
    let parts = writer.chance(30) ? ["\(hmac)-part"] : nil
    func problem(_ reason: String) -> DeliveryProblem {
      DeliveryProblem(
        conversation: talk.id,
        message: message,
        connection: talk.connection,
        channel: talk.channel,
        reason: reason,
        code: 131_026,
        attempts: 2,
        parts: ["\(hmac)-part"]
      )
    }
    let outcome = Int.random(in: 0..<10, using: &writer.random)
    if outcome == 0 { return try writer.add(DeliveryFailed.self, talk.id, talk.tenant, problem("rejected")) }
    if outcome == 1 { try writer.add(DeliveryUncertain.self, talk.id, talk.tenant, problem("owner-lost")) }
    if writer.chance(20) { try status(talk, hmac, &writer) }
    // It may name the message before the provider has answered, or instead.
    if writer.chance(30) { try status(talk, hmac, of: message, &writer) }
    if writer.chance(15) { try status(talk, "\(hmac)-part", of: message, part: 0, &writer) }
    if outcome > 1 || writer.chance(50) {
      try writer.add(
        DeliverySucceeded.self,
        talk.id,
        talk.tenant,
        .init(
          conversation: talk.id,
          message: message,
          connection: talk.connection,
          channel: talk.channel,
          providerHMAC: hmac,
          parts: parts,
          attempts: 1,
          milliseconds: 3
        ),
        .init(providerID: "wamid.\(number)", parts: parts.map { _ in ["wamid.\(number)-part"] })
      )
    }
    talk.sent += (parts ?? []) + [hmac]
    for _ in 0..<Int.random(in: 0...4, using: &writer.random) {
      try status(talk, writer.pick(talk.sent), &writer)
    }
  }

  private static func status(
    _ talk: Talk, _ hmac: String, of message: MessageID? = nil, part: Int? = nil, _ writer: inout Writer
  ) throws {
    let status = writer.pick([DeliveryStatus.sent, .failed, .delivered, .read])
    try writer.add(
      MessageStatus.self,
      talk.id,
      talk.tenant,
      .init(
        conversation: talk.id,
        connection: talk.connection,
        channel: talk.channel,
        providerHMAC: hmac,
        status: status,
        providerTime: nil,
        code: status == .failed ? writer.pick([131_047, 131_026]) : nil,
        message: message,
        part: part
      ),
      message.map { _ in .init(providerID: "wamid.\(hmac)") }
    )
  }

  private static func changeState(_ talk: Talk, _ writer: inout Writer) throws {
    let facts = ConversationFacts(conversation: talk.id, reason: "api")
    let taken = ConversationFacts(
      conversation: talk.id, reason: "api", isOurs: writer.chance(50) ? true : nil)
    let released = ConversationFacts(
      conversation: talk.id, reason: writer.chance(50) ? ConversationFacts.passed : "api")
    switch Int.random(in: 0..<6, using: &writer.random) {
    case 4: try label(talk, &writer)
    case 5: for _ in 0..<2 { try label(talk, &writer) }
    case 0: try writer.add(ConversationHandedOver.self, talk.id, talk.tenant, taken)
    case 1: try writer.add(ConversationReleased.self, talk.id, talk.tenant, released)
    case 2: try writer.add(ConversationResolved.self, talk.id, talk.tenant, facts)
    default: try writer.add(ConversationReopened.self, talk.id, talk.tenant, facts)
    }
  }

  /// Sealed, or in the clear as before labels were sealed; more and longer ones than there may be.
  private static func label(_ talk: Talk, _ writer: inout Writer) throws {
    let labels = (0..<writer.pick([0, 1, 60])).map { "vip \($0) " + String(repeating: "x", count: 99) }
    let isClear = writer.chance(50)
    try writer.add(
      ConversationLabelled.self, talk.id, talk.tenant,
      .init(conversation: talk.id, labels: isClear ? labels : []), isClear ? nil : .init(labels: labels))
  }

  private static func addAgent(_ agent: AgentID, _ tenant: TenantID, _ writer: inout Writer) throws {
    try writer.add(AgentCreated.self, agent, tenant, .init(agent: agent, name: "Support"))
    for version in 1...3 {
      let definition = AgentDefinition(instructions: "be kind \(version)", fallback: "?")
      if writer.chance(60) {
        try writer.add(
          AgentChanged.self, agent, tenant,
          .init(agent: agent, name: "Draft \(version)", definition: definition))
      }
      try writer.add(
        AgentPublished.self,
        agent,
        tenant,
        .init(agent: agent, version: version, definition: definition)
      )
    }
    if writer.chance(50) { try writer.add(AgentArchived.self, agent, tenant, .init(agent: agent)) }
  }

  private static func addDocument(_ tenant: TenantID, _ writer: inout Writer) throws {
    let document = writer.id(DocumentID.self)
    try writer.add(
      DocumentUploaded.self,
      document,
      tenant,
      .init(
        document: document,
        title: "Prices",
        mediaType: "text/plain",
        language: "english",
        bytes: 100,
        blob: String(repeating: "0", count: 64)
      )
    )
    if writer.chance(30) {
      try writer.add(DocumentFailed.self, document, tenant, .init(document: document, reason: "timeout"))
    }
    if writer.chance(60) {
      try writer.add(DocumentIndexed.self, document, tenant, .init(document: document, chunks: 3))
    }
    if writer.chance(30) { try writer.add(DocumentRemoved.self, document, tenant, .init(document: document)) }
  }
}
