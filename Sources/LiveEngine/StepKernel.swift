public import CostModel

/// The kernels of a step, in its order.
public enum StepKernel: Int, Hashable, Sendable, CaseIterable {
  case embedding
  case rmsNorm, queryKeyValueProjection, queryProjection, rotary, cacheWrite, prefillAttention,
    decodeAttention
  case outputProjection, gateUpProjection, siluMul, downProjection
  case hiddenGather, sharedNorm, laterProjection, laterRotary, concatenation, laterCacheWrite
  case keyValueGather, positionGather, attentionMetadata, outputScatter
  case finalNorm, head, logits, sampling

  /// As `StepCost.kernels(of:)` spells it.
  public var name: String {
    switch self {
    case .embedding: "embedding"
    case .queryKeyValueProjection: "qkv_proj"
    case .queryProjection: "q_proj"
    case .outputProjection: "o_proj"
    case .gateUpProjection: "gate_up_proj"
    case .downProjection: "down_proj"
    case .rmsNorm: "rms_norm"
    case .rotary: "rotary"
    case .cacheWrite: "kv_cache_write"
    case .siluMul: "silu_mul"
    case .prefillAttention: "prefill_attention"
    case .decodeAttention: "decode_attention"
    case .sharedNorm: "norm_swiftkv"
    case .laterProjection: "kv_proj (later layers)"
    case .laterRotary: "rotary_k (later layers)"
    case .concatenation: "concatenate K and V"
    case .laterCacheWrite: "kv_cache_write (later layers)"
    case .hiddenGather: "gather hidden and residual"
    case .keyValueGather: "gather K and V"
    case .positionGather: "gather positions"
    case .attentionMetadata: "attention metadata"
    case .outputScatter: "scatter output"
    case .finalNorm: "final_norm"
    case .head: "lm_head"
    case .logits: "logits"
    case .sampling: "sampling"
    }
  }

  /// What the step's time counts it as.
  public var part: StepPart {
    switch self {
    case .queryKeyValueProjection, .queryProjection, .outputProjection, .gateUpProjection, .downProjection:
      .gemm
    case .prefillAttention: .prefillAttention
    case .decodeAttention: .decodeAttention
    case .rmsNorm, .rotary, .cacheWrite, .siluMul: .elementwise
    case .sharedNorm, .laterProjection, .laterRotary, .concatenation, .laterCacheWrite, .hiddenGather,
      .keyValueGather, .positionGather, .attentionMetadata, .outputScatter:
      .layerSkipping
    case .embedding, .finalNorm, .head, .logits, .sampling: .head
    }
  }
}
