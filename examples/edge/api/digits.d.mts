export default function handle(request: Request): Promise<Response>;
