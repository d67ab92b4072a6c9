import Contracts
import Foundation

extension Record {
  /// An event that a stage decided because of this record. Its id is the version 5 UUID of (this event's id,
  /// stage, step), so that deciding again yields the same event.
  package func makes<Spec: EventSpec>(
    _ spec: Spec.Type, by stage: StageName, step: String = "", key: StreamID, facts: Spec.Facts,
    private content: Spec.Private? = nil, sealedWith sealingKey: SealingKey? = nil, at time: Date
  ) throws -> Event {
    try Event(
      id: outputID(Spec.type, by: stage, step: step), type: Spec.type, topic: Spec.topic, key: key,
      tenant: event.tenant, time: time, source: "/stages/\(stage)", causation: event.id,
      correlation: event.correlation ?? event.id, traceparent: event.traceparent,
      value: Spec.value(facts, private: content, sealedWith: sealingKey))
  }

  package func outputID(_ type: EventType, by stage: StageName, step: String = "") -> EventID {
    event.id.outputID(type, by: stage, step: step)
  }
}

extension EventID {
  /// Of what a stage makes of the event that has this id.
  func outputID(_ type: EventType, by stage: StageName, step: String = "") -> EventID {
    EventID(UUID.version5(of: "\(stage)/\(type)/\(step)", in: uuid))
  }
}
