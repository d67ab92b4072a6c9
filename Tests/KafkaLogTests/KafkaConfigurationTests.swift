import EventLog
import TestKit
import Testing

@testable import KafkaLog

struct KafkaConfigurationTests {
  @Test func aURLNamesBrokersPrefixAndProperties() throws {
    let configuration = try KafkaConfiguration(
      url: "kafka://a:9092,[::1]:9093/?security.protocol=SASL_SSL&sasl.password=p%26w%3D&topic.prefix=eu-")
    #expect(configuration.brokers == "a:9092,[::1]:9093")
    #expect(configuration.topicPrefix == "eu-")
    #expect(configuration.properties.map(\.name) == ["security.protocol", "sasl.password"])
    #expect(configuration.properties.map(\.value) == ["SASL_SSL", "p&w="])
  }

  @Test(arguments: [
    "http://a:9092", "kafka://", "kafka://a", "kafka://a:x", "kafka://a:9092,", "kafka://u:p@a:9092",
    "kafka://a:9092?acks=0", "kafka://a:9092?linger.ms", "kafka://a:9092?topic.prefix=a/b",
    "kafka://a:99999", "kafka://a:1/path",
  ])
  func aURLThatCannotBeIsRefused(url: String) {
    #expect { try KafkaConfiguration(url: url) } throws: { error in
      (error as? EventLogError)?.code == .misconfigured
    }
  }

  @Test func librdkafkaHasTheLastWordOnProperties() throws {
    for (item, expected) in [
      ("no.such.property=1", "knows no property no.such.property"), ("linger.ms=soon", "given for linger.ms"),
    ] {
      let configuration = try KafkaConfiguration(url: "kafka://127.0.0.1:9?\(item)")
      #expect { try KafkaHandle(.producer, configuration, logger: KafkaFixture.logger) } throws: { error in
        let error = error as? EventLogError
        return error?.code == .misconfigured && error?.message.contains(expected) == true
      }
    }
  }

  @Test func secretsAreNotPrinted() throws {
    let configuration = try KafkaConfiguration(
      url: "kafka://a:1?sasl.password=hunter2&security.protocol=hunter2")
    #expect(!configuration.description.contains("hunter2"))
    #expect { try KafkaHandle(.reader, configuration, logger: KafkaFixture.logger) } throws: { error in
      !"\(error)".contains("hunter2")
    }
  }
}
