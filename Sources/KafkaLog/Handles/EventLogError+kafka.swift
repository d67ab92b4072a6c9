import CRdkafka
import EventLog

extension EventLogError {
  /// Sorts librdkafka's and the brokers' errors into the contract's few.
  init(kafka error: rd_kafka_resp_err_t, _ doing: String) {
    self.init(Self.code(of: error), "\(doing): \(error.text)")
  }

  private static func code(of error: rd_kafka_resp_err_t) -> Code {
    switch error {
    case RD_KAFKA_RESP_ERR__QUEUE_FULL: .overloaded
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_RECORD,
      RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      .refused
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
      RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      .misconfigured
    case RD_KAFKA_RESP_ERR__DESTROY: .closed
    default: .unavailable
    }
  }
}

extension rd_kafka_resp_err_t {
  /// The library's text with the symbol that manuals list.
  var text: String {
    "\(String(cString: rd_kafka_err2str(self))) (\(String(cString: rd_kafka_err2name(self))))"
  }
}
