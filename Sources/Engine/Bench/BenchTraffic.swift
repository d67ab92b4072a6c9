import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import Postgres

/// Makes conversations as our stages write them, sealed with keys of the keyring. The same seed makes the same ids, times and
/// texts.
struct BenchTraffic {
  /// What belongs to an exchange apart from the message and its reply.
  enum Detail {
    /// Messages alone, for filling read models.
    case messages
    /// What was retrieved, the delivery, and three statuses.
    case everything
  }

  struct Talk: Sendable {
    let id: ConversationID
    let tenant: TenantID
    fileprivate let contact: ContactID
    fileprivate let connection: ConnectionID
    fileprivate let key: SealingKey
  }

  /// A part of the log, with the keys that it needs.
  struct Part: Sendable {
    fileprivate(set) var events: [Event] = []
    fileprivate(set) var keys: [NewKey] = []
  }

  let tenants: [TenantID]
  let detail: Detail
  private let keyring: Keyring
  private let agent: AgentID
  private var random: BenchRandom
  private var time = Date(timeIntervalSince1970: 1_772_000_000)
  private var open: [Talk] = []
  private var exchanges = 0

  /// How many conversations are under way at once.
  private static let breadth = 500
  /// One in so many exchanges begins a new conversation.
  private static let exchangesEach = 5
  private static let question = """
    Hello, my order has not arrived yet and I would like to know where it is. The number is 123456, thank you \
    very much for looking.
    """

  init(tenants count: Int = 20, detail: Detail, keyring: Keyring, seed: UInt64 = 1) {
    var random = BenchRandom(seed: seed)
    tenants = (0..<count).map { _ in
      TenantID(.version7(at: Date(timeIntervalSince1970: 1_771_000_000), using: &random))
    }
    agent = AgentID(.version7(at: Date(timeIntervalSince1970: 1_771_000_000), using: &random))
    self.detail = detail
    self.keyring = keyring
    self.random = random
  }

  /// The conversations that are under way.
  var talks: [Talk] { open }

  /// At least `count` further events; the last exchange is whole.
  mutating func next(_ count: Int) throws -> Part {
    var part = Part()
    part.events.reserveCapacity(count + 10)
    while part.events.count < count {
      if open.count < Self.breadth || exchanges % Self.exchangesEach == 0 { try begin(&part) }
      try exchange(open[Int.random(in: 0..<open.count, using: &random)], &part)
      exchanges += 1
    }
    return part
  }

  private mutating func begin(_ part: inout Part) throws {
    let tenant = tenants[Int.random(in: 0..<tenants.count, using: &random)]
    let contact: ContactID = id()
    let made = try keyring.make(.contact, tenant: tenant, id: KeyID(contact.uuid))
    part.keys.append(made)
    let talk = Talk(
      id: id(), tenant: tenant, contact: contact, connection: ConnectionID(tenant.uuid), key: made.key)
    if open.count < Self.breadth {
      open.append(talk)
    } else {
      open[Int.random(in: 0..<open.count, using: &random)] = talk
    }
    try add(
      ConversationOpened.self, talk,
      .init(
        conversation: talk.id, contact: contact, connection: talk.connection, channel: .whatsapp,
        addressHMAC: hmac()),
      .init(address: "+49151\(exchanges)", name: "Ada Lovelace"), &part)
  }

  private mutating func exchange(_ talk: Talk, _ part: inout Part) throws {
    let question: MessageID = id()
    let reply: MessageID = id()
    let known = KnownOffsets(agents: .zero, tenants: .zero)
    let passages = (0..<3).map { rank in
      PassageFacts(document: DocumentID(talk.tenant.uuid), chunk: id(), score: 0.5 - Double(rank) / 10)
    }
    try add(
      MessageReceived.self, talk,
      .init(
        message: question, conversation: talk.id, contact: talk.contact, connection: talk.connection,
        channel: .whatsapp, kind: .text, providerHMAC: hmac(), providerTime: time,
        bytes: Self.question.utf8.count),
      .init(text: Self.question, providerID: "wamid.in.\(exchanges)"), &part)
    if detail == .everything {
      try add(
        ContextRetrieved.self, talk,
        .init(
          conversation: talk.id, message: question, connection: talk.connection, agent: agent,
          agentVersion: 1, indexVersion: 5, passages: passages, milliseconds: 4.5, known: known),
        .init(query: Self.question, passages: []), &part)
    }
    try add(
      ReplyGenerated.self, talk,
      .init(
        conversation: talk.id, message: reply, answers: [question], agent: agent, agentVersion: 1,
        kind: .model, model: "model", finishReason: "stop", promptTokens: 200, completionTokens: 50,
        firstTokenMilliseconds: 200.5, milliseconds: 800.25, attempts: 1, indexVersion: 5,
        passages: passages, bytes: Self.question.utf8.count + 28, known: known),
      .init(text: Self.question + " Your parcel is on its way."), &part)
    if detail == .everything { try deliver(reply, talk, &part) }
  }

  private mutating func deliver(_ reply: MessageID, _ talk: Talk, _ part: inout Part) throws {
    let provider = hmac()
    try add(
      DeliverySucceeded.self, talk,
      .init(
        conversation: talk.id, message: reply, connection: talk.connection, channel: .whatsapp,
        providerHMAC: provider, attempts: 1, milliseconds: 88),
      .init(providerID: "wamid.out.\(exchanges)"), &part)
    for status in [DeliveryStatus.sent, .delivered, .read] {
      try add(
        MessageStatus.self, talk,
        .init(
          conversation: talk.id, connection: talk.connection, channel: .whatsapp, providerHMAC: provider,
          status: status, providerTime: time, code: nil), nil, &part)
    }
  }

  private mutating func add<Spec: EventSpec>(
    _: Spec.Type, _ talk: Talk, _ facts: Spec.Facts, _ content: Spec.Private?, _ part: inout Part
  ) throws {
    time += 0.05
    part.events.append(
      Event(
        id: outputID(talk), type: Spec.type, topic: Spec.topic, key: StreamID(talk.id), tenant: talk.tenant,
        time: time,
        source: "/bench", value: try Spec.value(facts, private: content, sealedWith: talk.key)))
  }

  /// What stages write has ids that follow from what it answers: they lie anywhere in an index.
  private mutating func outputID(_ talk: Talk) -> EventID {
    EventID(.version5(of: "\(random.next())", in: talk.id.uuid))
  }

  private mutating func id<Subject>() -> ID<Subject> { ID(.version7(at: time, using: &random)) }

  /// As long and as random as the HMAC of a provider's id.
  private mutating func hmac() -> String {
    hexadecimal((0..<4).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } })
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct BenchRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
