import Channels
import Contracts
import Foundation
import Testing

/// What all cases from elsewhere become, by kind, as the table in this folder's README has it.
@Suite struct CaseCountsTests {
  @Test func theReadmeSaysWhatEveryCaseBecomes() throws {
    let connection = ConnectionCreated.Private(
      account: "foo_bot", appSecret: nil, verifyToken: nil, accessToken: "111111111:t")
    func bodies(_ cases: [String: String]) -> [[UInt8]] { cases.values.map { Array($0.utf8) } }
    func mails(_ folder: String, _ suffixes: String...) throws -> [[UInt8]] {
      try EmailCases.files(folder, suffixes).map(\.bytes)
    }
    let collections: [(String, [[UInt8]], any ChannelAdapter)] = [
      ("whatsapp-pywa", bodies(try Cases.whatsApp()), WhatsAppChannel()),
      ("messenger-messenger4j", bodies(try Cases.messenger()), MessengerChannel()),
      ("telegram-nutgram", bodies(try Cases.telegram()), TelegramChannel()),
      // One file's name has no suffix; it is empty.
      ("mikel-mail", try mails("mikel-mail", ".eml", "sample_output_multipart"), EmailChannel()),
      ("enmime", try mails("enmime", ".raw"), EmailChannel()),
      ("talon-quotes", try mails("talon-quotes", ".eml"), EmailChannel()),
    ]
    var lines: [String] = []
    for (name, bodies, channel) in collections {
      var counts: [String: Int] = [:]
      for body in bodies {
        do throws(ChannelError) {
          for item in try channel.parse(body, sender: nil, for: connection) {
            counts[item.kindForCounting, default: 0] += 1
          }
        } catch {
          counts["refused \(error.code.rawValue)", default: 0] += 1
        }
      }
      let kinds = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      lines.append("| \(name) | \(bodies.count) | \(kinds.joined(separator: ", ")) |")
    }
    let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "README.md")
    let text = try String(contentsOf: readme, encoding: .utf8)
    for line in lines { #expect(text.contains(line + "\n"), "\(line)") }
  }
}

extension InboundItem {
  fileprivate var kindForCounting: String {
    switch self {
    case .message(let message): "message.\(message.content.kind.rawValue)"
    case .echo: "echo"
    case .edit: "edit"
    case .deletion: "deletion"
    case .reaction: "reaction"
    case .status(let status): "status.\(status.status.rawValue)"
    case .progress(let progress): "progress.\(progress.status.rawValue)"
    case .move: "move"
    case .control: "control"
    case .consent: "consent"
    case .notice: "notice"
    case .other(let kind): "other.\(kind)"
    }
  }
}
