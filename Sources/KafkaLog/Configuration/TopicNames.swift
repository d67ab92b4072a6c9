import Contracts

/// The names of the topics on the cluster: a prefix, then the topic's own name.
struct TopicNames: Sendable {
  let prefix: String

  func callAsFunction(_ topic: Topic) -> String { prefix + topic.rawValue }

  /// nil for a topic that is not ours.
  func topic(named name: String) -> Topic? {
    name.hasPrefix(prefix) ? Topic(rawValue: String(name.dropFirst(prefix.count))) : nil
  }
}
