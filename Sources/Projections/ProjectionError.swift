/// What went wrong with a projection.
package struct ProjectionError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// The folder of a projection is incomplete or says something that cannot be.
    case malformedDefinition
    /// The SQL of a version differs from what that version was built from.
    case changedWithoutVersion
    /// The schema of a projection breaks a rule of the runtime, or Postgres refuses it.
    case malformedSchema
    /// No projection of that name, or none of its builds is live yet.
    case notLive
    /// Another process moves the build on now.
    case leaseLost
    /// Bounds were asked for that the projection does not declare, or that make no sense.
    case boundsRefused
    /// A rebuild of an unchanged version came out different from what is live; the pointer was not moved.
    case differs
    /// Postgres refuses the SQL of the projection whatever the events are.
    case brokenSQL
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var isRetriable: Bool { code == .leaseLost }
  package var description: String { "projection: \(message)" }
}
