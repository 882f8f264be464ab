"""The names that a saved Keras model may use, and where Keras keeps what they stand for.

A file's own words for a module are never imported: they only choose one of these families, and what Keras is given
afterwards is the family's module. Everything here is arithmetic on tensors; nothing reads a file or holds code.

Names: the public API of Keras 3 (https://keras.io/api), and the layers of Keras 2 that have the same meaning there.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Family(NamedTuple):
    """Names that live in one module of Keras."""

    module: str
    names: frozenset[str]


def words(text: str) -> frozenset[str]:
    """The set of the words of a text."""
    return frozenset(text.split())


_LAYERS = words(
    """Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average AveragePooling1D
    AveragePooling2D AveragePooling3D AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D BatchNormalization Bidirectional CategoryEncoding
    CenterCrop Concatenate Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D
    ConvLSTM3D Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU
    EinsumDense Embedding Flatten GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D
    GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GroupNormalization GroupQueryAttention GroupedQueryAttention Identity InputLayer LSTM LSTMCell LayerNormalization
    LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum MelSpectrogram Minimum MultiHeadAttention Multiply
    Normalization PReLU Permute RMSNormalization RNN RandomBrightness RandomColorDegeneration RandomColorJitter
    RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale
    RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness
    RandomShear RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing ReversibleEmbedding
    STFTSpectrogram SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax SpatialDropout1D SpatialDropout2D
    SpatialDropout3D SpectralNormalization StackedRNNCells Subtract TimeDistributed UnitNormalization UpSampling1D
    UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D"""
)
_NUMPY_OPS = words(
    """Abs Absolute Add All Amax Amin Any Arange Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh Argmax Argmin
    Argsort Average BitwiseAnd BitwiseInvert BitwiseNot BitwiseOr BitwiseXor BroadcastTo Ceil Clip Concatenate Copy Cos
    Cosh CountNonzero Cumprod Cumsum Deg2rad Diagonal Diff Divide DivideNoNan Dot Einsum Equal Exp Exp2 ExpandDims
    Expm1 Flip Floor FloorDivide Full FullLike GetItem Greater GreaterEqual Hstack Hypot Inner Isfinite Isinf Isnan
    LeftShift Less LessEqual Linspace Log Log10 Log1p Log2 Logaddexp LogicalAnd LogicalNot LogicalOr LogicalXor Matmul
    Max Maximum Mean Median Meshgrid Min Minimum Mod Moveaxis Multiply NanToNum Negative NotEqual OnesLike Outer Pad
    Power Prod Ptp Rad2deg Ravel Reciprocal Repeat Reshape RightShift Roll Rot90 Round Sign Sin Sinh Sort Split Sqrt
    Square Squeeze Stack Std Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh Tensordot Tile Trace Transpose Tril Triu
    TrueDivide Trunc Var Vdot Vstack Where ZerosLike"""
)
_NN_OPS = words(
    """AdaptiveAveragePool AdaptiveMaxPool AveragePool BatchNorm Celu Conv ConvTranspose DepthToSpace DepthwiseConv
    DotProductAttention Elu Fold Gelu Glu HardShrink HardSigmoid HardSilu HardTanh LayerNorm LeakyRelu LogSigmoid
    LogSoftmax MaxPool Moments MultiHot Normalize OneHot Polar RMSNorm Relu Relu6 Selu SeparableConv Sigmoid Silu
    SoftShrink Softmax Softplus Softsign SpaceToDepth SparsePlus SparseSigmoid Sparsemax Squareplus TanhShrink
    Threshold Unfold"""
)
_CORE_OPS = words("Cast SaturateCast Scatter ScatterUpdate Slice SliceUpdate StopGradient Unstack")
_MATH_OPS = words("Erf Erfc Logsumexp RFFT Rsqrt STFT TopK SegmentMax SegmentSum")
_IMAGE_OPS = words("CropImages ExtractPatches HSVToRGB PadImages RGBToGrayscale RGBToHSV Resize")

LAYERS: Final = Family("keras.layers", _LAYERS)
FUNCTIONAL: Final = Family("keras.src.models.functional", words("Functional"))
SEQUENTIAL: Final = Family("keras", words("Sequential"))
INITIALIZERS: Final = Family(
    "keras.initializers",
    words(
        """Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones Orthogonal
        RandomNormal RandomUniform STFT TruncatedNormal VarianceScaling Zeros"""
    ),
)
REGULARIZERS: Final = Family("keras.regularizers", words("L1 L1L2 L2 OrthogonalRegularizer"))
CONSTRAINTS: Final = Family("keras.constraints", words("MaxNorm MinMaxNorm NonNeg UnitNorm"))
POLICIES: Final = Family("keras", words("DTypePolicy"))
OPS: Final = {
    name: Family(f"keras.src.ops.{name}", names)
    for name, names in (
        ("numpy", _NUMPY_OPS),
        ("nn", _NN_OPS),
        ("core", _CORE_OPS),
        ("math", _MATH_OPS),
        ("image", _IMAGE_OPS),
    )
}
ACTIVATIONS: Final = words(
    """celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear
    log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus
    sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"""
)

_OBJECTS = (LAYERS, FUNCTIONAL, SEQUENTIAL, INITIALIZERS, REGULARIZERS, CONSTRAINTS, POLICIES)
_IN_PLACE: Final = (
    "Build the model from Keras' own layers and keras.ops, or load it yourself, if you trust whoever made \
it, and give the live model: es.load(model)"
)
_BEFORE: Final = "Give the network what this layer would hand on: run it before, on the host"
RUNS_CODE: Final = {
    "Lambda": ("a Lambda layer is Python code inside the file, and no code from a file is run", _IN_PLACE),
    "TFOpLambda": ("it calls a TensorFlow function that the file names, and nothing is imported by name", _IN_PLACE),
    "SlicingOpLambda": ("it calls a function that the file names, and nothing is imported by name", _IN_PLACE),
    "__lambda__": ("it is Python code inside the file, and no code from a file is run", _IN_PLACE),
    "__typespec__": ("it asks for a class to be imported by name", _IN_PLACE),
    "TorchModuleWrapper": ("it unpickles a PyTorch module, which runs code from the file", _IN_PLACE),
    "TFSMLayer": (
        "it loads another model from a path that the file names",
        "Load that SavedModel itself: es.load(folder)",
    ),
    "JaxLayer": ("it runs a function that the file names", _IN_PLACE),
    "FlaxLayer": ("it runs a function that the file names", _IN_PLACE),
    "StringLookup": ("it may read a vocabulary from any path, and works on text", _BEFORE),
    "IntegerLookup": ("it may read a vocabulary from any path", _BEFORE),
    "TextVectorization": ("it may read a vocabulary from any path, and works on text", _BEFORE),
    "Hashing": ("it works on text", _BEFORE),
    "HashedCrossing": ("it works on text", _BEFORE),
}
UNKNOWN_HINT: Final = _IN_PLACE


def family(module: str | None, name: str) -> Family | None:
    """The family that a class of this name belongs to, as the file's module says; None where there is none.

    Modules moved between versions of Keras, so only their part below ``keras`` or ``keras.src`` counts. Older files
    give no module at all; layers go first there.
    """
    if module is None:
        return next((group for group in _OBJECTS if name in group.names), None)
    room, *path = module.split(".")
    if room != "keras":
        return None
    path = path[1:] if path[:1] == ["src"] else path
    if path[:1] == ["ops"]:
        group = OPS.get(path[1]) if len(path) == 2 else None
        return group if group and name in group.names else None
    places = {
        "layers": (LAYERS,),
        "models": (FUNCTIONAL, SEQUENTIAL),
        "engine": (FUNCTIONAL, SEQUENTIAL, LAYERS),
        "initializers": (INITIALIZERS,),
        "regularizers": (REGULARIZERS,),
        "constraints": (CONSTRAINTS,),
        "dtype_policies": (POLICIES,),
        "mixed_precision": (POLICIES,),
    }
    groups = places.get(path[0], ()) if path else (POLICIES, FUNCTIONAL, SEQUENTIAL)
    return next((group for group in groups if name in group.names), None)
