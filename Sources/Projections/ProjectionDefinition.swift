import Contracts

/// What a projection's folder says: which events it reads, and the SQL that makes tables of them.
package struct ProjectionDefinition: Sendable, Equatable {
  /// A column that divides the rows of a projection, so that the rows of one value depend on the events of
  /// that value alone and a rebuild may be bounded by it.
  package enum Bound: String, Sendable, CaseIterable, Codable {
    /// `tenant uuid`
    case tenant
    /// `day date`: the UTC day of the event's time.
    case day
    /// `type text`: the type of the event.
    case type
  }

  /// Lower-case letters, digits and underscores; also the folder's name.
  package let name: String
  /// From 1. Other SQL needs another version.
  package let version: Int
  package let topics: [Topic]
  package let types: Set<EventType>
  /// Whether `private` is opened; otherwise it is null in every row of `batch`.
  package let needsPrivate: Bool
  /// The tables that `schema.sql` makes.
  package let tables: [String]
  /// Those of `tables` that `day` and `type` do not divide. They must come out the same when a part of the
  /// events is applied to them again; a bounded rebuild takes them whole from the live build.
  package let carried: [String]
  package let bounds: Set<Bound>
  /// Whether no event of one partition touches a row that an event of another made, so that partitions may be
  /// applied side by side.
  package let isIndependent: Bool

  package let schema: String
  package let apply: String
  /// Secondary indexes, made after the bulk of a build is done; may be empty.
  package let indexes: String
  /// Takes erased contacts out of the tables; nil where `private` is never opened.
  package let erase: String?
  /// SHA-256 over the folder's yaml and SQL, in hexadecimal.
  package let hash: String
}
