import Contracts
import EventLog
import Postgres
import Projections
import Synchronization

/// Which messages are quoted by those whose events name the provider's id of what they quote alone.
///
/// Streams go on without what the read model does not know within `patience`, and do not ask at all while it still owes
/// such an answer: whoever reads the conversation later is told all.
final class LiveQuotes: Sendable {
  private struct Questions {
    var next = 0
    var open: Set<Int> = []
    var late: Set<Int> = []
  }

  private let readModels: ReadModels
  private let patience: Duration
  private let questions = Mutex(Questions())

  init(readModels: ReadModels, patience: Duration) {
    self.readModels = readModels
    self.patience = patience
  }

  /// By tenant and the HMAC of that id; what the read model does not know, or not in time, is absent.
  func messages(quoted hmacs: [TenantID: Set<String>]) async -> [TenantID: [String: MessageID]] {
    guard !hmacs.isEmpty, let question = begin() else { return [:] }
    let (answers, answer) = AsyncStream.makeStream(
      of: (TenantID, [String: MessageID]).self, bufferingPolicy: .bufferingOldest(hmacs.count))
    // Not a child of this task, which does not wait for it once it is late.
    Task(executorPreference: Surroundings.executor) {
      for (tenant, hmacs) in hmacs { answer.yield((tenant, await self.messages(of: tenant, quoted: hmacs))) }
      self.questions.withLock { questions in
        questions.open.remove(question)
        questions.late.remove(question)
      }
      answer.finish()
    }
    return await withTaskGroup(of: Void.self) { group in
      group.addTask { [patience] in
        try? await Surroundings.sleep(for: patience)
        answer.finish()
      }
      var found: [TenantID: [String: MessageID]] = [:]
      for await (tenant, messages) in answers { found[tenant] = messages }
      group.cancelAll()
      questions.withLock { if $0.open.contains(question) { $0.late.insert(question) } }
      return found
    }
  }

  private func begin() -> Int? {
    questions.withLock { questions in
      guard questions.late.isEmpty else { return nil }
      questions.next += 1
      questions.open.insert(questions.next)
      return questions.next
    }
  }

  private func messages(of tenant: TenantID, quoted hmacs: Set<String>) async -> [String: MessageID] {
    let asked = hmacs.sorted()
    let statement = PostgresStatement(
      """
      select q.hmac, coalesce(
        (select d.message from delivery as d where d.provider_hmac = q.hmac and d.tenant = $1),
        (select p.message from part as p where p.provider_hmac = q.hmac and p.tenant = $1),
        (select m.id from message as m where m.id = q.id and m.tenant = $1))
      from unnest($2::text[], $3::uuid[]) as q (hmac, id)
      """,
      [
        .uuid(tenant.uuid), .texts(asked),
        // What a contact wrote has an id that is made of the provider's.
        .uuids(asked.map { MessageID(providerHMAC: $0, in: tenant).uuid }),
      ])
    let found = try? await readModels.read("conversations", tenant: tenant, [statement]) { rows in
      rows[0].compactMap { row in row.optional(1, PostgresRow.uuid).map { (row.text(0), MessageID($0)) } }
    }
    return Dictionary(found ?? []) { first, _ in first }
  }
}
