import Channels
import Contracts
import Foundation

/// How many notices the mails of one hour may become, of each connection. A notice is kept for ever in a topic that every
/// process folds and every stage waits for, and anybody can send mails that no person wrote: the others are counted
/// alone, and each is in the log as it came.
struct NoticeAllowance: Sendable {
  static let mostAnHour = 100
  /// Since 1970, of the time when the mail came.
  private let hour: Int

  init(at time: Date) { hour = Int((time.timeIntervalSince1970 / 3_600).rounded(.down)) }

  /// One is noted as seen for each notice.
  func marks(of connection: ConnectionID) -> some Sequence<String> {
    let hour = "notice/\(connection)/\(hour)/"
    return (0..<Self.mostAnHour).lazy.map { hour + String($0) }
  }
}

extension NormalizedBody {
  /// What has to be known before a notice can be made of a mail; none for a mail of which none can become.
  var noticeMarks: [(tenant: TenantID, mark: String)] {
    guard let noticeAllowance else { return [] }
    var tenants = Dictionary(notices.map { ($0.connection.id, $0.connection.tenant) }) { first, _ in first }
    var marks: [(tenant: TenantID, mark: String)] = []
    for item in items {
      guard case .status = item.item else { continue }
      tenants[item.connection.id] = item.connection.tenant
      marks.append((item.connection.tenant, item.unknownMark))
    }
    for (connection, tenant) in tenants {
      marks += noticeAllowance.marks(of: connection).map { (tenant, $0) }
    }
    return marks
  }
}

extension NormalizedItem {
  /// Under which it is noted that it tells of a message which nobody here wrote.
  var unknownMark: String { "unknown/\(dedupe)" }
}
