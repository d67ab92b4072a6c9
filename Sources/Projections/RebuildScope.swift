import Contracts
import Foundation
import Postgres

/// What a rebuild covers. Rows outside of it are taken over from the live build.
package struct RebuildScope: Sendable, Equatable, Codable {
  package let tenant: TenantID?
  /// The first day, `yyyy-mm-dd`, UTC.
  package let from: String?
  /// The day after the last.
  package let to: String?
  package let types: [String]?

  package static let all = RebuildScope()

  /// - Parameters:
  ///   - from: the first day that is covered, `yyyy-mm-dd`, UTC.
  ///   - to: the day after the last one.
  package init(tenant: TenantID? = nil, from: String? = nil, to: String? = nil, types: [String]? = nil) {
    self.tenant = tenant
    self.from = from
    self.to = to
    self.types = types
  }

  package var isBounded: Bool { self != .all }

  /// Refuses what the projection has not declared that it can.
  func check(_ definition: ProjectionDefinition) throws(ProjectionError) {
    func need(_ bound: ProjectionDefinition.Bound, _ option: String) throws(ProjectionError) {
      guard definition.bounds.contains(bound) else {
        let declared = definition.bounds.map(\.rawValue).sorted().joined(separator: ", ")
        throw ProjectionError(
          .boundsRefused,
          "\(option) needs '\(bound.rawValue)' in the bounds of \(definition.name), which are: "
            + (declared.isEmpty ? "none" : declared)
        )
      }
    }
    if tenant != nil { try need(.tenant, "--tenant") }
    if from != nil || to != nil { try need(.day, "--from and --to") }
    if let types {
      try need(.type, "--type")
      if let other = types.first(where: { !definition.types.contains(EventType($0)) }) {
        throw ProjectionError(.boundsRefused, "\(definition.name) does not read the type \(other)")
      }
    }
    for day in [from, to].compactMap({ $0 }) where RebuildScope.start(ofDay: day) == nil {
      throw ProjectionError(.boundsRefused, "'\(day)' is not a day of the form yyyy-mm-dd")
    }
    if let from, let to, from >= to {
      throw ProjectionError(.boundsRefused, "no day lies from \(from) up to \(to)")
    }
  }

  func covers(_ event: Event) -> Bool {
    if let tenant, event.tenant != tenant { return false }
    if let types, !types.contains(event.type.rawValue) { return false }
    if let from = from.flatMap(RebuildScope.start(ofDay:)), event.time < from { return false }
    if let to = to.flatMap(RebuildScope.start(ofDay:)), event.time >= to { return false }
    return true
  }

  static func start(ofDay day: String) -> Date? {
    guard day.utf8.count == 10 else { return nil }
    return try? Date("\(day)T00:00:00Z", strategy: .iso8601)
  }
}
