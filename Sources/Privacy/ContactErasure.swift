import Contracts
import EventLog
import Foundation
import Postgres

/// Erases contacts: from the commit on nobody can read what was sealed under their keys. `Eraser` then removes the
/// rows about them.
package struct ContactErasure: Sendable {
  package struct Request: Sendable {
    package let contact: ContactID
    package let tenant: TenantID
    package let reason: String
    package let source: String
    package let traceparent: String?

    package init(
      contact: ContactID, tenant: TenantID, reason: String = "requested", source: String,
      traceparent: String? = nil
    ) {
      self.contact = contact
      self.tenant = tenant
      self.reason = reason
      self.source = source
      self.traceparent = traceparent
    }
  }

  /// How far an erasure has come.
  package struct Progress: Sendable, Equatable {
    package let erasedAt: Date
    /// When nothing about the contact was left.
    package let finishedAt: Date?
  }

  private let log: any EventLog
  private let pool: PostgresPool
  private let journal: ErasureJournal

  package init(log: any EventLog, pool: PostgresPool, journal: ErasureJournal) {
    self.log = log
    self.pool = pool
    self.journal = journal
  }

  /// nil when there never was such a contact.
  ///
  /// The journal comes first: an erasure that is not committed is done at the next start, but one that was can
  /// never be missing from it.
  package func erase(_ request: Request) async throws -> Progress? {
    if let progress = try await progress(of: request.contact, tenant: request.tenant) { return progress }
    guard try await isKnown(request) else { return nil }
    let time = Date().truncatedToMilliseconds
    try await journal.note(
      .init(contact: request.contact, tenant: request.tenant, reason: request.reason, time: time))
    try await apply(request, at: time)
    return try await progress(of: request.contact, tenant: request.tenant)
  }

  package func progress(of contact: ContactID, tenant: TenantID) async throws -> Progress? {
    try await pool.withConnection { connection in
      try connection.execute(
        "select erased_at, finished_at from privacy.erasure where contact = $1 and tenant = $2",
        [.uuid(contact.uuid), .uuid(tenant.uuid)]
      ).first.map { Progress(erasedAt: $0.date(0), finishedAt: $0.optional(1, PostgresRow.date)) }
    }
  }

  private func isKnown(_ request: Request) async throws -> Bool {
    try await pool.withConnection { connection in
      try !connection.execute(
        "select from keyring.key where id = $1 and tenant = $2 and subject = 'contact'",
        [.uuid(request.contact.uuid), .uuid(request.tenant.uuid)]
      ).isEmpty
    }
  }

  /// Destroys the keys and appends the event, as one fact.
  ///
  /// - Parameter isInLog: whether the event is there already; one that was archived would not be recognised.
  func apply(_ request: Request, at time: Date, isInLog: Bool = false) async throws {
    let id = ContactErased.id(of: request.contact, tenant: request.tenant)
    let event = Event(
      id: id, type: ContactErased.type, topic: ContactErased.topic, key: StreamID(request.tenant),
      tenant: request.tenant, time: time, source: request.source, correlation: id,
      traceparent: request.traceparent,
      value: try ContactErased.value(.init(contact: request.contact, reason: request.reason)))
    try await pool.withTransaction { [log] transaction in
      try transaction.execute(
        "select privacy.erase($1, $2, $3, $4, $5)",
        [
          .uuid(request.contact.uuid), .uuid(request.tenant.uuid), .uuid(id.uuid), .text(request.reason),
          .timestamp(time),
        ])
      if !isInLog { try log.append([event], in: transaction) }
    }
  }
}
