import CRdkafka
import Contracts

/// An owned list of partitions with an offset each, as librdkafka's calls take and fill it.
struct PartitionList: ~Copyable {
  let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

  init(_ offsets: [(partition: TopicPartition, offset: Int64)], names: TopicNames) {
    pointer = rd_kafka_topic_partition_list_new(Int32(offsets.count))
    for (partition, offset) in offsets {
      rd_kafka_topic_partition_list_add(pointer, names(partition.topic), partition.partition.rawValue)
        .pointee.offset = offset
    }
  }

  deinit { rd_kafka_topic_partition_list_destroy(pointer) }

  /// In the order in which they were added.
  var elements: UnsafeBufferPointer<rd_kafka_topic_partition_t> {
    UnsafeBufferPointer(start: pointer.pointee.elems, count: Int(pointer.pointee.cnt))
  }
}
