import Contracts
import EventLog
import Foundation
import Logging
import Postgres

/// Lets go of what has been kept long enough: the keys of inbound events, at the latest after 30 days, vectors of questions
/// after 90, and what tenants have rules for. Any number of processes may run it.
package struct Retention: Sendable {
  /// How long inbound events can be read at most; their keys go then.
  package static let inboundDays = 30
  /// How long a question is not embedded anew, and of how many a tenant's vectors are kept: about 2 KiB each.
  package static let (askedDays, askedMost): (Int32, Int32) = (90, 50_000)
  /// Keys, or contacts, that are dealt with at once.
  private static let part: Int32 = 10_000

  /// What was let go of.
  package struct Report: Sendable, Equatable {
    package var inbound = 0
    package var contacts = 0
    package var files = 0
    package init(inbound: Int = 0, contacts: Int = 0, files: Int = 0) {
      self.inbound = inbound
      self.contacts = contacts
      self.files = files
    }
  }

  private let pool: PostgresPool
  private let erasure: ContactErasure
  private let rules: @Sendable () async throws -> [TenantID: RetentionRules]
  private let interval: Duration
  private let logger: Logger

  /// - Parameters:
  ///   - interval: how long until it looks again.
  ///   - rules: what tenants have said by now.
  package init(
    pool: PostgresPool, erasure: ContactErasure, logger: Logger, interval: Duration = .seconds(600),
    rules: @escaping @Sendable () async throws -> [TenantID: RetentionRules]
  ) {
    self.pool = pool
    self.erasure = erasure
    self.rules = rules
    self.interval = interval
    self.logger = logger
  }

  /// Looks now and then whether a day or a rule is another; returns once its task is cancelled.
  package func run() async throws {
    var done: [TenantID: Applied] = [:]
    while !Task.isCancelled {
      do {
        try await dropInbound(of: nil, olderThan: Self.inboundDays)
        for (tenant, rules) in try await rules() {
          let applied = Applied(rules: rules, day: Int(Date().timeIntervalSince1970 / 86_400))
          guard done[tenant] != applied else { continue }
          let report = try await apply(rules, to: tenant)
          done[tenant] = applied
          guard report != Report() else { continue }
          logger.notice(
            "kept long enough",
            metadata: [
              "tenant": "\(tenant)", "inbound": "\(report.inbound)", "contacts": "\(report.contacts)",
              "files": "\(report.files)",
            ])
        }
        try await forgetAsked()
      } catch {
        if Task.isCancelled { return }
        logger.warning("what was kept long enough cannot be let go of now", metadata: ["why": "\(error)"])
      }
      try? await Surroundings.sleep(for: interval)
    }
  }

  private struct Applied: Equatable {
    let rules: RetentionRules
    let day: Int
  }

  /// Once, for all.
  package func apply() async throws -> Report {
    var report = Report(inbound: try await dropInbound(of: nil, olderThan: Self.inboundDays))
    for (tenant, rules) in try await rules() {
      let more = try await apply(rules, to: tenant)
      report.inbound += more.inbound
      report.contacts += more.contacts
      report.files += more.files
    }
    try await forgetAsked()
    return report
  }

  private func apply(_ rules: RetentionRules, to tenant: TenantID) async throws -> Report {
    var report = Report()
    if let days = rules.inboundDays { report.inbound = try await dropInbound(of: tenant, olderThan: days) }
    if let days = rules.contactDays { report.contacts = try await eraseSilent(of: tenant, olderThan: days) }
    if let days = rules.fileDays {
      report.files = try await Int(
        call("select privacy.drop_files($1, $2)", [.uuid(tenant.uuid), .int4(Int32(clamping: days))]))
    }
    return report
  }

  @discardableResult
  private func dropInbound(of tenant: TenantID?, olderThan days: Int) async throws -> Int {
    var count = 0
    while true {
      let dropped = try await call(
        "select privacy.drop_inbound_keys($1::uuid, $2, $3)",
        [tenant.map { .uuid($0.uuid) } ?? .null, .int4(Int32(clamping: days)), .int4(Self.part)])
      count += Int(dropped)
      guard dropped == Int64(Self.part) else { return count }
    }
  }

  private func forgetAsked() async throws {
    _ = try await call(
      "select knowledge.forget_asked($1, $2)", [.int4(Self.askedDays), .int4(Self.askedMost)])
  }

  private func eraseSilent(of tenant: TenantID, olderThan days: Int) async throws -> Int {
    var count = 0
    while true {
      let contacts = try await pool.withConnection { connection in
        try connection.execute(
          "select contact from privacy.silent_contacts($1, $2, $3)",
          [.uuid(tenant.uuid), .int4(Int32(clamping: days)), .int4(Self.part)]
        ).map { ContactID($0.uuid(0)) }
      }
      guard !contacts.isEmpty else { return count }
      for contact in contacts {
        _ = try await erasure.erase(
          .init(contact: contact, tenant: tenant, reason: "retention", source: "/retention"))
        count += 1
      }
    }
  }

  private func call(_ sql: String, _ parameters: [PostgresParameter]) async throws -> Int64 {
    try await pool.withConnection { try $0.execute(sql, parameters)[0].int8(0) }
  }
}
