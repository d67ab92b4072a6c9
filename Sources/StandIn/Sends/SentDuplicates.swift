import DequeModule
import JSON

/// Callback data that came more than once among the kept sends, in the order of first sight.
///
/// A text longer than one message takes is sent in parts with the same data: then `distinct_texts` equals `count`.
struct SentDuplicates: Encodable, Sendable {
  struct Group: Encodable, Sendable, Equatable {
    let biz_opaque_callback_data: String
    var count: Int
    var distinct_texts: Int
    var ids: [String]
  }

  /// The most groups that are listed; `repeats` counts all.
  static let maximumGroups = 1_000
  /// The most ids in one group; `count` counts all.
  static let maximumIDs = 100

  let repeats: Int
  let duplicates: [Group]

  init(of sends: SentMessages) {
    var groups: [Group] = []
    var places: [String: Int] = [:]
    var texts: [Set<String>] = []
    for message in sends.kept {
      guard let data = message.callbackData, sends.hasRepeated(data) else { continue }
      if places[data] == nil {
        guard groups.count < Self.maximumGroups else { continue }
        places[data] = groups.count
        groups.append(Group(biz_opaque_callback_data: data, count: 0, distinct_texts: 0, ids: []))
        texts.append([])
      }
      guard let place = places[data] else { continue }
      groups[place].count += 1
      if groups[place].ids.count < Self.maximumIDs { groups[place].ids.append(message.id) }
      texts[place].insert(message.fingerprint)
      groups[place].distinct_texts = texts[place].count
    }
    repeats = sends.repeats
    duplicates = groups
  }
}

extension SentMessage {
  /// The same for the same message.
  fileprivate var fingerprint: String {
    guard let object else { return text }
    return "\(type) \(String(decoding: object.serialized(), as: UTF8.self))"
  }
}
