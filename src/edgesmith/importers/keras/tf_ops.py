"""TensorFlow's operators, as far as they may run while a SavedModel is read.

``COMPUTES`` is arithmetic, control flow, variables and tables in memory: what tf2onnx can convert, and what surrounds
it. Any other operator could not be converted anyway, so refusing it early costs nothing.
"""

from __future__ import annotations

from typing import Final

from edgesmith.importers.keras.known import words

COMPUTES: Final = words(
    """Abs Acos Acosh Add AddN AddV2 AdjustContrastv2 AdjustHue AdjustSaturation All Any ArgMax ArgMin Asin Asinh Assert
    Assign AssignAddVariableOp AssignSubVariableOp AssignVariableOp Atan Atan2 Atanh AvgPool AvgPool3D BatchMatMul
    BatchMatMulV2 BatchMatMulV3 BatchToSpaceND BiasAdd BiasAddV1 Bincount Bitcast BitwiseAnd BitwiseOr BitwiseXor
    BroadcastArgs BroadcastTo Bucketize Cast Ceil CheckNumerics ClipByValue CombinedNonMaxSuppression Complex ComplexAbs
    Concat ConcatOffset ConcatV2 Const Conv1D Conv2D Conv2DBackpropInput Conv3D Conv3DBackpropInputV2 Cos Cosh
    CropAndResize Cross Cumprod Cumsum DepthToSpace DepthwiseConv2dNative Dequantize DestroyResourceOp Diag DiagPart
    DisableCopyOnRead Div DivNoNan DynamicPartition DynamicStitch Einsum Elu EmptyTensorList EnsureShape Enter Equal Erf
    Erfc Exit Exp ExpandDims Expm1 ExtractImagePatches FFT FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars
    FakeQuantWithMinMaxVarsPerChannel FakeParam Fill Floor FloorDiv FloorMod FusedBatchNorm FusedBatchNormV2
    FusedBatchNormV3 Gather GatherNd GatherV2 Greater GreaterEqual HashTable HashTableV2 IFFT IRFFT Identity IdentityN
    If Imag Invert InvertPermutation IsFinite IsInf IsNan L2Loss LRN LeakyRelu LeftShift Less LessEqual LinSpace Log
    Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr LookupTableFindV2 LookupTableImport LookupTableImportV2
    LookupTableSizeV2 LoopCond MatMul MatrixBandPart MatrixDeterminant MatrixDiag MatrixDiagPart MatrixDiagPartV2
    MatrixDiagPartV3 MatrixDiagV2 MatrixDiagV3 MatrixSetDiag MatrixSetDiagV3 Max MaxPool MaxPool3D MaxPoolV2
    MaxPoolWithArgmax Maximum Mean Merge Min Minimum MirrorPad Mod Mul MulNoNan Multinomial MutableHashTableV2 Neg
    NextIteration NoOp NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 NotEqual OneHot
    OnesLike Pack Pad PadV2 ParallelDynamicStitch PartitionedCall Placeholder PlaceholderWithDefault Pow
    PreventGradient Prod QuantizeAndDequantizeV2 QuantizeAndDequantizeV3 QuantizeAndDequantizeV4 RFFT RFFT2D
    RandomShuffle RandomStandardNormal RandomUniform RandomUniformInt Range Rank ReadVariableOp Real RealDiv Reciprocal
    RefEnter RefExit RefIdentity RefMerge RefNextIteration RefSwitch Relu Relu6 Reshape ResizeArea ResizeBicubic
    ResizeBilinear ResizeNearestNeighbor ResourceGather ResourceGatherNd ReverseSequence ReverseV2 RightShift Rint Roll
    Round Rsqrt ScatterNd SegmentMax SegmentMean SegmentMin SegmentProd SegmentSum Select SelectV2 Selu Shape ShapeN
    Sigmoid Sign Sin Sinh Size Slice Snapshot Softmax Softplus Softsign SpaceToBatchND SpaceToDepth Split SplitV Sqrt
    Square SquaredDifference Squeeze StatefulPartitionedCall StatelessIf StatelessMultinomial
    StatelessRandomGetKeyCounter StatelessRandomNormalV2 StatelessRandomUniformV2 StatelessWhile StopGradient
    StridedSlice StridedSliceAssign Sub Sum Switch Tan Tanh TensorListFromTensor TensorListGetItem TensorListLength
    TensorListReserve TensorListResize TensorListSetItem TensorListStack TensorScatterAdd TensorScatterMax
    TensorScatterMin TensorScatterSub TensorScatterUpdate Tile TopKV2 Transpose TruncateDiv TruncateMod Unique
    UniqueWithCounts Unpack UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum
    VarHandleOp VarIsInitializedOp Variable VariableV2 Where While Xdivy Xlogy ZerosLike"""
)
RESTORES: Final = words("RestoreV2 ShardedFilename StringJoin StaticRegexFullMatch")
_FILES: Final = "it reads or writes files"
_CALLS: Final = "it calls into a Python program"
_NETWORK: Final = "it reaches other machines"
TOUCHES: Final = {
    **dict.fromkeys(("PyFunc", "PyFuncStateless", "EagerPyFunc"), _CALLS),
    **dict.fromkeys(
        words(
            """ReadFile WriteFile MatchingFiles SaveV2 Save SaveSlices RestoreV2 Restore RestoreSlice MergeV2Checkpoints
        InitializeTableFromTextFile InitializeTableFromTextFileV2 TextLineDataset TFRecordDataset
        FixedLengthRecordDatasetV2 CacheDatasetV2 SnapshotDatasetV2 LoadDataset SaveDatasetV2 WholeFileReaderV2
        TextLineReaderV2 TFRecordReaderV2 ReaderReadV2 ImmutableConst PrintV2 Print DecodeProtoV2 EncodeProto
        CreateSummaryFileWriter WriteSummary DebugIdentityV2"""
        ),
        _FILES,
    ),
    **dict.fromkeys(("RpcCall", "Send", "Recv", "_Send", "_Recv", "CreateSummaryDbWriter"), _NETWORK),
}
